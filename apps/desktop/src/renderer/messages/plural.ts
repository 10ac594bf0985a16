const rules = new Intl.PluralRules('en');
/** `1,204`. */
export const numbers = new Intl.NumberFormat('en');

/** `1 reply`, `1,204 replies`. */
export function plural(count: number, one: string, other: string): string {
  return `${numbers.format(count)} ${rules.select(count) === 'one' ? one : other}`;
}

const lists = new Intl.ListFormat('en', { type: 'conjunction' });

/** `Ada, Ben and Cy`. */
export function listed(names: readonly string[]): string {
  return lists.format(names);
}
