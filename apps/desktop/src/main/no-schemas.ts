/**
 * What the bundle has in the place of Ajv. Conf, which is in electron-store, loads that at every start and needs it for
 * stores with a schema, of which the app has none.
 */
export function Ajv2020(): never {
  throw new Error('A store has no schema here: whoever reads a value parses it.');
}

export { Ajv2020 as default };
