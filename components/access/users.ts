/** Names and passwords as `htpasswd -B` writes them, looked at before they reach the gateway. No message has any part of them. */
import * as pulumi from "@pulumi/pulumi";
import { checkedLater, fault, isLater, PATHS_ARE_OURS, type Fault } from "../arguments";
import type { BasicAuthArgs } from "./args";

/** `$2y$12$` and 53 characters: the version, the cost, the salt and the hash. */
const BCRYPT = /^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/;
const AS_HTPASSWD = "Write it with `htpasswd -B`.";

/** Other ways of `htpasswd`, by what their hashes begin with. */
const OTHERS: readonly (readonly [start: RegExp, called: string])[] = [
    [/^\$apr1\$/, "MD5"],
    [/^\{SHA\}/, "SHA-1"],
    [/^\$[156]\$/, "crypt"],
    [/^\$2/, "bcrypt, but is cut short or of an unknown version"],
];

function lineFault(line: string): string | undefined {
    const colon = line.indexOf(":");
    if (colon < 1) return "is no `name:hash`";
    const hash = line.slice(colon + 1);
    if (BCRYPT.test(hash)) return undefined;
    const other = OTHERS.find(([start]) => start.test(hash))?.[1];
    return `has no hash of bcrypt${other === undefined ? "" : `: it is ${other}`}`;
}

export function userFaults(path: string, htpasswd: unknown): Fault[] {
    if (typeof htpasswd !== "string") return [fault("GH0213", path, "this is not a text.")];
    const lines = htpasswd
        .split("\n")
        .map((line, index) => [index + 1, line.replace(/\r$/, "")] as const)
        .filter(([, line]) => line.trim() !== "" && !line.startsWith("#"));
    if (lines.length === 0) return [fault("GH0213", path, "there is no user.", AS_HTPASSWD)];
    const wrong = lines.flatMap(([number, line]) => {
        const what = lineFault(line);
        return what === undefined ? [] : [fault("GH0213", path, `line ${number} ${what}.`, AS_HTPASSWD)];
    });
    const names = lines.map(([, line]) => line.slice(0, line.indexOf(":")));
    const twice = lines.flatMap(([number], index) =>
        names.indexOf(names[index] ?? "") === index
            ? []
            : [fault("GH0213", path, `line ${number} is for the user of line ${lines[names.indexOf(names[index] ?? "")]?.[0] ?? 0}.`, "Keep one of them.")],
    );
    return wrong.length > 0 ? wrong : twice;
}

export interface UserCheck {
    readonly faults: readonly Fault[];
    /** There once what comes later has passed; undefined where nothing does. */
    readonly gate: pulumi.Output<boolean> | undefined;
}

/** Of the arguments as the program gives them: what is secret is not among those that travel. */
export function checkUsers(owner: string, path: string, basicAuth: unknown): UserCheck {
    const none = (faults: readonly Fault[]): UserCheck => ({ faults, gate: undefined });
    if (typeof basicAuth !== "object" || basicAuth === null || isLater(basicAuth)) return none([]);
    const { secretName, htpasswd } = basicAuth as BasicAuthArgs;
    if (secretName !== undefined && htpasswd !== undefined)
        return none([fault("GH0213", path, "there are both secretName and htpasswd.", "Give one of them.")]);
    if (htpasswd === undefined)
        return none(secretName === undefined ? [fault("GH0213", path, "there are no users.", "Give secretName, or htpasswd.")] : []);
    const at = `${path}.htpasswd`;
    if (!isLater(htpasswd)) return none(userFaults(at, htpasswd));
    const open = { htpasswd: pulumi.unsecret(pulumi.output(htpasswd)) };
    const check = (there: { readonly htpasswd: unknown }): Fault[] => userFaults(at, there.htpasswd);
    return { faults: [], gate: pulumi.unsecret(checkedLater(owner, open, check, { paths: PATHS_ARE_OURS }).apply(() => true)) };
}
