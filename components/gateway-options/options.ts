/** A gateway's options as its Service carries them for the bundled proxy, and its pods for Istio's; and what is wrong with them. */
import {
    GATEWAY_OPTIONS_ANNOTATION,
    gatewayOptionsOf,
    PROXY_CONFIG_ANNOTATION,
    proxyConfigOf,
    type GatewayOptionName,
} from "../../istio/semantics";
import { fault, mentionsUnknown, UNKNOWN, type Fault } from "../arguments";
import { CLIENT_FIELDS, type ClientArgs, type GatewayOptionsArgs } from "./schema";

/** Those of a gateway's arguments that are given, as they are written; undefined: none is. */
function given(args: GatewayOptionsArgs): Partial<Record<GatewayOptionName, unknown>> | undefined {
    const { proxyProtocol, proxyProtocolSources, idleTimeout, limits } = args;
    const { trustedProxies, forwardClientCertDetails, serverHeader, stripEnvoyHeaders, generateRequestId, attemptCount, ...paths } = args;
    const { acceptHttp10, mergeSlashes, pathWithEscapedSlashes } = paths;
    const all: Readonly<Record<GatewayOptionName, unknown>> = {
        proxyProtocol,
        proxyProtocolSources,
        trustedProxies,
        forwardClientCertDetails,
        serverHeader,
        stripEnvoyHeaders,
        generateRequestId,
        attemptCount,
        acceptHttp10,
        mergeSlashes,
        pathWithEscapedSlashes,
        idleTimeout,
        limits,
    };
    const options = Object.entries(all).filter(([, value]) => value !== undefined);
    return options.length > 0 ? Object.fromEntries(options) : undefined;
}

/** For the Service in front of the bundled proxy's pods; none where nothing is given. */
export function gatewayOptionAnnotations(args: GatewayOptionsArgs): Record<string, string> {
    const options = given(args);
    return options ? { [GATEWAY_OPTIONS_ANNOTATION]: mentionsUnknown(options) ? UNKNOWN : JSON.stringify(options) } : {};
}

/** For the pods of Istio's proxy; none where nothing is given. */
export function proxyConfigAnnotations(args: GatewayOptionsArgs, numTrustedProxies: number | undefined): Record<string, string> {
    const { config } = proxyConfigOf(gatewayOptionsOf(given(args) ?? {}).options);
    const topology = {
        ...(config["gatewayTopology"] as object | undefined),
        ...(numTrustedProxies === undefined ? {} : { numTrustedProxies }),
    };
    const whole = { ...config, ...(Object.keys(topology).length > 0 ? { gatewayTopology: topology } : {}) };
    return Object.keys(whole).length > 0 ? { [PROXY_CONFIG_ANNOTATION]: JSON.stringify(whole) } : {};
}

/** `numTrustedProxies`: of the same gateway. */
export function gatewayOptionFaults(
    args: GatewayOptionsArgs,
    dataPlane: string | undefined,
    numTrustedProxies: number | undefined = undefined,
): Fault[] {
    const options = given(args);
    if (options === undefined) return [];
    const { options: read, faults } = gatewayOptionsOf(withStandIns(options));
    const wordless = dataPlane === "istio" ? proxyConfigOf(read).wordless : [];
    return [
        ...faults.map(({ at, message }) => fault("GH0210", at, `${message}.`)),
        ...(args.trustedProxies !== undefined && numTrustedProxies !== undefined
            ? [
                  fault(
                      "GH0210",
                      "trustedProxies",
                      "numTrustedProxies says the same by a number.",
                      "Give one of the two: addresses where they are known, else the number.",
                  ),
              ]
            : []),
        ...wordless.map((path) =>
            fault(
                "GH0210",
                path,
                "Istio has no words for this but those of an EnvoyFilter, and its proxy would not know of it.",
                'Leave it out, or give the gateway dataPlane "gatehouse".',
            ),
        ),
    ];
}

/** With an address in the place of each that comes later, so that the rest can be looked at. */
function withStandIns(options: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
    const known = (one: unknown): unknown => (mentionsUnknown(one) ? STAND_IN : one);
    return Object.fromEntries(
        Object.entries(options).map(([name, value]) => [name, Array.isArray(value) ? (value as readonly unknown[]).map(known) : value]),
    );
}

const STAND_IN = "192.0.2.1";

/** Of arguments, those that only a gateway for clients from outside has. */
export function clientArgsOf(args: ClientArgs): ClientArgs {
    const names = Object.keys(CLIENT_FIELDS) as (keyof ClientArgs)[];
    return Object.fromEntries(names.flatMap((name) => (args[name] === undefined ? [] : [[name, args[name]]])));
}
