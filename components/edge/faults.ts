/** What is wrong with settings of whole hosts by themselves: what the proxy would say of them, and what Istio's has no words for. */
import { EDGE_SETTING_NAMES, securityHeadersOf, type ReadSetting } from "../../istio/semantics";
import { fault, isAtOrBelow, type Fault } from "../arguments";
import type { EdgeArgs } from "./settings";

/** The host or gateway that has them. */
export interface EdgeOwner {
    readonly dataPlane: string | undefined;
    readonly isGateway: boolean;
    /** Over TLS alone, beside it, not at all; undefined: not known. */
    readonly tls?: "only" | "beside" | "none" | undefined;
}

export function edgeFaults(args: EdgeArgs, owner: EdgeOwner): Fault[] {
    return [...securityHeaderFaults(args, owner)];
}

/** `.hsts.maxAge: got …`: below the argument. */
export function readFaults(path: string, read: ReadSetting<unknown>): Fault[] {
    if (!("fault" in read)) return [];
    const [, at = "", message = read.fault] = /^([.[][\w.[\]]*): (.*)$/s.exec(read.fault) ?? [];
    return [fault("GH0210", `${path}${at}`, `${message}.`)];
}

function securityHeaderFaults({ securityHeaders: given }: EdgeArgs, { dataPlane, isGateway, tls }: EdgeOwner): Fault[] {
    if (given === undefined) return [];
    const path = "securityHeaders";
    const read = securityHeadersOf(given);
    if ("fault" in read) return readFaults(path, read);
    if (dataPlane !== "istio" || given === false) return [];
    if (isGateway)
        return [
            fault(
                "GH0210",
                path,
                "Istio has no words for headers of a whole gateway.",
                "Give them to each VirtualHost, with override: true.",
            ),
        ];
    if (!read.value.override)
        return [
            fault(
                "GH0210",
                path,
                "Istio's proxy can replace what a backend says of these headers, or say it twice, but not leave it.",
                'Give override: true, or give the gateway dataPlane "gatehouse".',
            ),
        ];
    if (read.value.hsts === undefined || tls !== "beside") return [];
    return [
        fault(
            "GH0210",
            `${path}.hsts`,
            "the same routes are served over plain HTTP, where it must not be said (RFC 6797 §7.2), and Istio's words do not tell the two apart.",
            'Give hsts: false, or lead plain HTTP on to HTTPS with tls.http "redirect".',
        ),
    ];
}

/** Without those that have been found fault with, so that the annotations made of them do not tell the same again. */
export function withSoundEdge<Args extends EdgeArgs>(args: Args, faults: readonly Fault[]): Args {
    const wrong = EDGE_SETTING_NAMES.filter((name) => args[name] !== undefined && faults.some(({ path }) => isAtOrBelow(path, name)));
    return wrong.length === 0
        ? args
        : (Object.fromEntries(Object.entries(args).filter(([key]) => !wrong.some((one) => one === key))) as Args);
}
