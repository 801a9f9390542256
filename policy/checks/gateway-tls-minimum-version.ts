/** Old versions of TLS are broken, and a client that can be talked down to one is open. */
import { passesTls } from "../../istio";
import type { Checks } from "../check";
import { isGateway, serversOf } from "../objects/gateway";
import type { ParametersOf } from "../table";
import { fault, type Thing } from "../thing";
import { at, text, UNKNOWN } from "../values";

/** In order; what is left out is TLSV1_2, as `TLS_AUTO` is. */
const VERSIONS: readonly unknown[] = ["TLSV1_0", "TLSV1_1", "TLSV1_2", "TLSV1_3"];
const DEFAULT = "TLSV1_2";

/** The servers that end TLS in an older version than is wanted. */
function tooOld(
    thing: Thing,
    { minimumVersion }: ParametersOf<"gateway-tls-minimum-version">,
): { readonly index: number; readonly field: string; readonly version: string; readonly said: boolean }[] {
    if (!isGateway(thing)) return [];
    return serversOf(thing).flatMap(({ index, field, tls, family }) => {
        const mode = at(tls, "mode");
        const said = at(tls, "minProtocolVersion");
        if (tls === undefined || said === UNKNOWN || mode === UNKNOWN || tls === UNKNOWN) return [];
        const version = said === undefined || said === "TLS_AUTO" ? DEFAULT : said;
        // Without a word about it only a server that ends TLS has a version at all.
        if (said === undefined && (family !== "tls" || passesTls(text(mode)))) return [];
        const rank = VERSIONS.indexOf(version);
        return rank >= 0 && rank < VERSIONS.indexOf(minimumVersion)
            ? [{ index, field, version: String(version), said: said !== undefined }]
            : [];
    });
}

export const gatewayTlsMinimumVersion: Checks<"gateway-tls-minimum-version"> = {
    resource: (thing, parameters) =>
        tooOld(thing, parameters).map(({ field, version, said }) => {
            const why = version === DEFAULT ? "an older version than is wanted here" : "RFC 8996 retires it";
            const fix =
                parameters.minimumVersion === DEFAULT
                    ? "Want TLSV1_2 or TLSV1_3; leave it out for TLSV1_2."
                    : `Want ${parameters.minimumVersion}.`;
            return fault(thing, `${field}.tls.minProtocolVersion`, `is ${version}${said ? "" : ", for it is left out"}: ${why}. ${fix}`);
        }),
    remedy: (thing, parameters) =>
        tooOld(thing, parameters).map(({ index }) => ({
            path: ["spec", "servers", index, "tls", "minProtocolVersion"],
            value: parameters.minimumVersion,
        })),
};
