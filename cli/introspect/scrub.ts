/**
 * What looks like a secret wherever it stands in a text, taken out before the text leaves the machine. The admin server tells no
 * secret of its own accord; this is for what somebody wrote where no secret belongs: a token in a route, a password in an address.
 */
const REDACTED = "redacted";

const SHAPES: readonly (readonly [RegExp, string])[] = [
    [/-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(?:-----END \1-----|$)/g, REDACTED],
    // Of a token its signature is what proves it, and its claims are about people.
    [/\beyJ[\w-]{5,}(?:\.[\w-]*){1,4}/g, REDACTED],
    [/\b(Bearer|Basic|Negotiate|Digest)(\s+)[A-Za-z0-9+/=_.~-]{4,}/gi, `$1$2${REDACTED}`],
    [/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/"'@]+@/gi, `$1${REDACTED}@`],
    // A parameter of an address that is called like one, and a signature.
    [/([?&](?:[\w.-]*(?:auth|credential|key|passw|pwd|secret|session|sig|token)[\w.-]*)=)[^&\s"'#\\]+/gi, `$1${REDACTED}`],
    [/\$2[abxy]\$\d\d\$[./A-Za-z0-9]{53}/g, REDACTED],
];

export function scrubbed(text: string): string {
    return SHAPES.reduce((left, [shape, instead]) => left.replace(shape, instead), text);
}
