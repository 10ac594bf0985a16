/** An output that is JSON already, so that it need not be made again for each who asks. */
export class Encoded<T extends object> {
  readonly json: string;

  constructor(json: string) {
    this.json = json;
  }

  /** What it says. */
  toJSON(): T {
    // Made from a value of this type.
    return JSON.parse(this.json) as T;
  }
}
