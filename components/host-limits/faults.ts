/** What is wrong with the limits of hosts by themselves: what the proxy would say of them. */
import { hostLimitsOf } from "../../istio/semantics";
import { fault, withoutFaulty, type Fault } from "../arguments";
import type { ConnectionLimitsArgs, HostLimitsArgs } from "./schema";

/** `names`: of the routes that there are. `dataPlane`: of the gateway that is to hold to them. */
export function hostLimitFaults(
    path: string,
    limits: HostLimitsArgs | undefined,
    names: readonly unknown[],
    dataPlane: string | undefined,
): Fault[] {
    if (typeof limits !== "object") return [];
    if (dataPlane === "istio") return [noWords(path, "limits of requests")];
    const read = hostLimitsOf(JSON.parse(JSON.stringify(limits)));
    if ("fault" in read) return [faultAt(path, read.fault)];
    return Object.keys(read.limits.routes)
        .filter((name) => !names.includes(name))
        .map((name) => fault("GH0210", `${path}.routes.${name}`, "no HTTP route has this name.", "Give the route its `name`."));
}

/** Of a TcpRoute. */
export function connectionLimitFaults(path: string, limits: ConnectionLimitsArgs | undefined, dataPlane: string | undefined): Fault[] {
    if (typeof limits !== "object") return [];
    if (dataPlane === "istio") return [noWords(path, "limits of connections")];
    const read = hostLimitsOf(JSON.parse(JSON.stringify(limits)));
    return "fault" in read ? [faultAt(path, read.fault)] : [];
}

function noWords(path: string, what: string): Fault {
    return fault(
        "GH0210",
        path,
        `Istio has no words for ${what} but those of an EnvoyFilter, and its proxy would hold to none.`,
        'Leave it out, or give the gateway dataPlane "gatehouse".',
    );
}

function faultAt(path: string, text: string): Fault {
    const [, at = "", message = text] =
        /^((?:routes\.[^:]*\.)?(?:maxRequestBodyBytes|connections\w*)|routes[^:]*): (.*)$/s.exec(text) ?? [];
    return fault("GH0210", at === "" ? path : `${path}.${at}`, `${message}.`);
}

export function withSoundHostLimits<Args extends { readonly limits?: object }>(args: Args, faults: readonly Fault[]): Args {
    return withoutFaulty(args, ["limits"], faults);
}
