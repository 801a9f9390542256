/**
 * The lines of an htpasswd file, as `htpasswd -B` writes them: a name, a colon and a bcrypt hash. Weaker kinds of hashes
 * (MD5, SHA-1, crypt, plain text) are refused: who reads the Secret would have the passwords. No message repeats a line.
 */

export interface PasswordList {
    /** Of a name that stands there twice the first line counts. */
    readonly users: readonly (readonly [name: string, hash: string])[];
    readonly faults: readonly LineFault[];
}

export interface LineFault {
    /** From 1. */
    readonly line: number;
    readonly message: string;
}

const BCRYPT = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const LEAST_COST = 4;
/** About two seconds a password; each step more is twice as many. */
const MOST_COST = 15;
const MAX_USERS = 10_000;
const MAX_NAME = 255;

export function readPasswords(text: string): PasswordList {
    const users = new Map<string, string>();
    const faults: LineFault[] = [];
    for (const [index, raw] of text.split("\n").entries()) {
        const line = raw.trim();
        if (line === "" || line.startsWith("#")) continue;
        const colon = line.indexOf(":");
        const name = colon === -1 ? "" : line.slice(0, colon);
        // Apache lets further fields follow.
        const hash = line.slice(colon + 1).split(":")[0] ?? "";
        const message = lineFault(name, hash) ?? (users.size >= MAX_USERS ? `there are more than ${MAX_USERS} users` : undefined);
        if (message !== undefined) faults.push({ line: index + 1, message });
        else if (!users.has(name)) users.set(name, hash);
    }
    return { users: [...users], faults };
}

function costOf(hash: string): number {
    return Number(BCRYPT.exec(hash)?.[1] ?? 0);
}

function lineFault(name: string, hash: string): string | undefined {
    if (name === "") return "it has no name before a colon";
    if (name.length > MAX_NAME || /[\x00-\x1f\x7f]/.test(name)) return "its name is longer than 255 characters, or has a control character";
    const kind = kindOf(hash);
    if (kind !== undefined) return `${kind}; only bcrypt is taken: write the line with htpasswd -nB`;
    const cost = costOf(hash);
    return cost < LEAST_COST || cost > MOST_COST
        ? `its bcrypt cost is ${cost}; taken are ${LEAST_COST} to ${MOST_COST}, as each step doubles the work of every check`
        : undefined;
}

/** Undefined: bcrypt. */
function kindOf(hash: string): string | undefined {
    if (BCRYPT.test(hash)) return undefined;
    if (hash === "") return "it has no hash";
    if (hash.startsWith("$2x$")) return "its hash is of the faulty kind $2x$";
    if (hash.startsWith("$2")) return "its bcrypt hash is not whole";
    if (hash.startsWith("$apr1$") || hash.startsWith("$1$")) return "its hash is MD5";
    if (hash.startsWith("{SHA}") || hash.startsWith("{SSHA}")) return "its hash is SHA-1";
    if (hash.startsWith("$5$") || hash.startsWith("$6$")) return "its hash is SHA crypt";
    if (hash.startsWith("$argon2")) return "its hash is Argon2";
    return "its password is plain text or of an old kind";
}
