/** Names and passwords as `htpasswd -B` writes them, looked at before they reach the gateway. No message has any part of them. */
import * as pulumi from "@pulumi/pulumi";
import { readPasswords } from "../../istio/htpasswd";
import { checkedLater, fault, isLater, PATHS_ARE_OURS, type Fault } from "../arguments";
import type { BasicAuthArgs } from "./args";

const AS_HTPASSWD = "Write it with `htpasswd -nB`.";

export function userFaults(path: string, htpasswd: unknown): Fault[] {
    if (typeof htpasswd !== "string") return [fault("GH0213", path, "this is not a text.")];
    const { users, faults } = readPasswords(htpasswd);
    if (faults.length > 0) return faults.map(({ line, message }) => fault("GH0213", path, `line ${line}: ${message}.`));
    if (users.length === 0) return [fault("GH0213", path, "there is no user.", AS_HTPASSWD)];
    const lines = htpasswd.split("\n").filter((line) => line.trim() !== "" && !line.trim().startsWith("#"));
    return lines.length === users.length
        ? []
        : [fault("GH0213", path, "a name stands there twice, and its first line would count.", "Keep one of them.")];
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
