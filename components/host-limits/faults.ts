/** What is wrong with the limits of hosts by themselves: what the proxy would say of them. */
import { hostLimitsOf } from "../../istio/semantics";
import { fault, isAtOrBelow, type Fault } from "../arguments";
import type { HostLimitsArgs } from "./schema";

/** `names`: of the routes that there are. `dataPlane`: of the gateway that is to hold to them. */
export function hostLimitFaults(
    path: string,
    limits: HostLimitsArgs | undefined,
    names: readonly unknown[],
    dataPlane: string | undefined,
): Fault[] {
    if (typeof limits !== "object") return [];
    if (dataPlane === "istio")
        return [
            fault(
                "GH0210",
                path,
                "Istio has no words for limits of requests but those of an EnvoyFilter, and its proxy would hold to none.",
                'Leave it out, or give the gateway dataPlane "gatehouse".',
            ),
        ];
    const read = hostLimitsOf(JSON.parse(JSON.stringify(limits)));
    if ("fault" in read) {
        const [, at = "", message = read.fault] = /^((?:routes\.[^:]*\.)?maxRequestBodyBytes|routes[^:]*): (.*)$/s.exec(read.fault) ?? [];
        return [fault("GH0210", at === "" ? path : `${path}.${at}`, `${message}.`)];
    }
    return Object.keys(read.limits.routes)
        .filter((name) => !names.includes(name))
        .map((name) => fault("GH0210", `${path}.routes.${name}`, "no HTTP route has this name.", "Give the route its `name`."));
}

/** Without those that have been found fault with, so that the annotation made of them does not tell the same again. */
export function withSoundHostLimits<Args extends { readonly limits?: HostLimitsArgs }>(args: Args, faults: readonly Fault[]): Args {
    if (!faults.some(({ path }) => isAtOrBelow(path, "limits"))) return args;
    const { limits: _limits, ...rest } = args;
    return rest as Args;
}
