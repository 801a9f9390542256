/** Names of headers and parameters whose values are shown to nobody: they are called like passwords. */
const SOUNDS_SECRET = /auth|cookie|credential|key|passw|secret|session|signature|token/i;

export function soundsSecret(name: string): boolean {
    return SOUNDS_SECRET.test(name);
}

/** Where in an object such names stand, each with a value behind it. */
const NAMED_VALUES = /(?:[hH]eaders|queryParams|InCheck|\.(?:set|add))(?:\.request|\.response)?(?:\.set|\.add)?(?:\.|\[")(?<name>.+)$/;
const NOT_SHOWN = "a text that may be a password and is not shown";

/** What is said of a field, without the value where its name sounds like a password's. */
export function withoutNamedValues(field: string, message: string, fix: string): { readonly message: string; readonly fix: string } {
    const name = NAMED_VALUES.exec(field)?.groups?.["name"];
    if (name === undefined || !soundsSecret(name)) return { message, fix };
    // What stands in the path is a name, of a field too many or of the header itself.
    const first = message.split("`", 2)[1];
    if (first === undefined || name.includes(first)) return { message, fix };
    return { message: message.replace(/`[\s\S]*`/, NOT_SHOWN), fix: fix.replace(/:? [`"][\s\S]*[`"]/, "") };
}

const PASSWORD = /(:\/\/)[^/?#]*@/;
const PARAMETER = /([?&][^=&#]*(?:auth|credential|key|passw|secret|session|sig|token)[^=&#]*=)[^&#]*/gi;

/** An address without the password in it, and without the values of parameters that are called like one. */
export function withoutPasswords(address: string): string {
    return address.replace(PASSWORD, "$1redacted@").replace(PARAMETER, "$1redacted");
}
