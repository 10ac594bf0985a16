import { DisplayName, Email, Password, Username } from '@parley/shared/protocol/user.ts';
import { WorkspaceName } from '@parley/shared/protocol/workspace.ts';
import { messages } from '../../messages.ts';

/** What each field has to be, by the very schemas that the server parses with. */
const schemas = {
  username: Username,
  displayName: DisplayName,
  email: Email,
  password: Password,
  workspaceName: WorkspaceName,
};

type CheckedField = keyof typeof schemas;
export type FieldErrors = Record<string, string | undefined>;

/** What an account is made of, as the form holds it. */
export type AccountValues = {
  displayName: string;
  username: string;
  email: string;
  password: string;
};

function isChecked(name: string): name is CheckedField {
  return Object.hasOwn(schemas, name);
}

/** What is wrong with the values of a form, by the name of the field; empty when nothing is. */
export function checkFields(values: Readonly<Record<string, string>>): FieldErrors {
  const errors: FieldErrors = {};
  for (const [name, value] of Object.entries(values)) {
    if (value.trim() === '') errors[name] = messages.form.required;
    else if (isChecked(name) && !schemas[name].safeParse(value).success) {
      errors[name] = messages.signIn.invalid[name];
    }
  }
  return errors;
}

/** A user name made from a display name: `Zoë van Dam` gives `zoe.van.dam`. Empty when no letter fits. */
export function suggestUsername(displayName: string): string {
  return displayName
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '.')
    .slice(0, 32)
    .replace(/^\.+|\.+$/g, '');
}
