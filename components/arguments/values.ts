/** Values that several components take: durations, CIDR blocks, labels. */
import { BlockList, isIP } from "node:net";
import { childPath, parseDuration } from "../../istio";
import { fault, type Fault } from "./faults";
import { LABEL_VALUE } from "./names";
import { mentionsUnknown } from "./unknown";

/** An address with a prefix length that fits it. */
export function isCidr(text: string): boolean {
    const [address = "", length = "", ...rest] = text.split("/");
    const family = isIP(address);
    if (family === 0 || rest.length > 0 || !/^\d+$/.test(length)) return false;
    try {
        new BlockList().addSubnet(address, Number(length), family === 4 ? "ipv4" : "ipv6");
        return true;
    } catch {
        return false;
    }
}

export function cidrFaults(path: string, blocks: unknown): Fault[] {
    return (Array.isArray(blocks) ? (blocks as readonly unknown[]) : []).flatMap((block, index) =>
        mentionsUnknown(block) || (typeof block === "string" && isCidr(block))
            ? []
            : [fault("GH0210", `${path}[${index}]`, `${JSON.stringify(block)} is not a CIDR, as 10.0.0.0/8 is.`)],
    );
}

/** Longer than none, as Istio writes durations; undefined is left to the default. */
export function durationFaults(path: string, duration: unknown): Fault[] {
    if (duration === undefined || mentionsUnknown(duration)) return [];
    const ms = typeof duration === "string" ? parseDuration(duration) : undefined;
    return ms !== undefined && ms > 0
        ? []
        : [fault("GH0210", path, `${JSON.stringify(duration)} is no duration longer than none, as 10s is.`)];
}

/** Labels that pods can have. */
export function labelFaults(path: string, labels: unknown): Fault[] {
    if (typeof labels !== "object" || labels === null) return [];
    return Object.entries(labels).flatMap(([key, value]: readonly [string, unknown]) =>
        mentionsUnknown(value) || (typeof value === "string" && (value === "" || LABEL_VALUE.test(value)))
            ? []
            : [fault("GH0210", childPath(path, key), `${JSON.stringify(value)} is on no pod: it is no label's value.`)],
    );
}
