/** How a gateway takes its clients, as arguments: what carries them for either proxy, and what is said before anything is made. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import {
    GATEWAY_OPTIONS_ANNOTATION,
    gatewayOptionsOfProxyConfig,
    PROXY_CONFIG_ANNOTATION,
    readGatewayOptions,
} from "../../istio/semantics";
import { evaluated, object, refusal } from "./support/evaluation";

const gateway = (args: object): gatehouse.IngressGateway => new gatehouse.IngressGateway("edge", { namespace: "edge", ...args } as never);
const egress = (args: object): gatehouse.EgressGateway =>
    new gatehouse.EgressGateway("out", { namespace: "edge", outboundTrafficPolicy: "REGISTRY_ONLY", ...args } as never);

interface Annotated {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
    readonly spec: { readonly template: Annotated };
}

const ALL = {
    proxyProtocol: "optional",
    proxyProtocolSources: ["10.0.0.0/8"],
    trustedProxies: ["192.0.2.0/24"],
    forwardClientCertDetails: "APPEND_FORWARD",
    serverHeader: { mode: "append-if-absent", value: "shop" },
    acceptHttp10: true,
    mergeSlashes: true,
    pathWithEscapedSlashes: "reject",
    idleTimeout: "10m",
    limits: { headers: 200, headTimeout: "5s" },
};

describe("the options of a gateway's clients", () => {
    it("are its Service's, as they were given, and x-envoy-* is for nobody outside unless somebody wants it so", async () => {
        const resources = await evaluated(() => void gateway(ALL));
        const { annotations } = (object(resources, "Service", "edge") as unknown as Annotated).metadata;
        assert.deepEqual(JSON.parse(annotations?.[GATEWAY_OPTIONS_ANNOTATION] ?? ""), { stripEnvoyHeaders: true, ...ALL });
        assert.deepEqual(readGatewayOptions(annotations?.[GATEWAY_OPTIONS_ANNOTATION] ?? "").faults, []);
        const without = await evaluated(() => void gateway({}));
        const byDefault = (object(without, "Service", "edge") as unknown as Annotated).metadata.annotations;
        assert.deepEqual(byDefault, { [GATEWAY_OPTIONS_ANNOTATION]: JSON.stringify({ stripEnvoyHeaders: true }) });
        const open = await evaluated(() => void gateway({ stripEnvoyHeaders: false }));
        const asked = (object(open, "Service", "edge") as unknown as Annotated).metadata.annotations;
        assert.deepEqual(asked, { [GATEWAY_OPTIONS_ANNOTATION]: JSON.stringify({ stripEnvoyHeaders: false }) });
        const out = await evaluated(() => void egress({ idleTimeout: "1m", limits: { concurrentStreams: 10 } }));
        const own = (object(out, "Service", "out") as unknown as Annotated).metadata.annotations;
        assert.deepEqual(JSON.parse(own?.[GATEWAY_OPTIONS_ANNOTATION] ?? ""), { idleTimeout: "1m", limits: { concurrentStreams: 10 } });
    });

    it("may name networks that the same program makes, and the rest is judged before these are there", async () => {
        const later = (value: string): pulumi.Output<string> => pulumi.output(Promise.resolve(value));
        const networks = {
            proxyProtocol: "optional",
            proxyProtocolSources: [later("10.0.0.0/8"), "10.9.0.1"],
            trustedProxies: [later("::1")],
        };
        const resources = await evaluated(() => void gateway(networks));
        const { annotations } = (object(resources, "Service", "edge") as unknown as Annotated).metadata;
        assert.deepEqual(JSON.parse(annotations?.[GATEWAY_OPTIONS_ANNOTATION] ?? ""), {
            stripEnvoyHeaders: true,
            proxyProtocol: "optional",
            proxyProtocolSources: ["10.0.0.0/8", "10.9.0.1"],
            trustedProxies: ["::1"],
        });
        assert.match(
            await refusal(() => gateway({ ...networks, limits: { headers: 5 } })),
            /One argument is wrong\.\n {2}limits\.headers: got 5/,
        );
        assert.match(await refusal(() => gateway({ trustedProxies: [later("vpc")] })), /trustedProxies: got "vpc", wanted an address/);
        assert.match(await refusal(() => egress({ proxyProtocolSources: [later("vpc")] })), /proxyProtocolSources: got "vpc"/);
    });

    it("are said to Istio's proxy in its own words", async () => {
        const args = {
            dataPlane: "istio",
            numTrustedProxies: 2,
            proxyProtocol: "required",
            forwardClientCertDetails: "SANITIZE",
            serverHeader: { mode: "pass-through" },
            stripEnvoyHeaders: true,
            generateRequestId: false,
            attemptCount: false,
            acceptHttp10: true,
            mergeSlashes: true,
            pathWithEscapedSlashes: "forward",
            idleTimeout: "10m",
            limits: { streamIdleTimeout: "1m", concurrentStreams: 50 },
        };
        const resources = await evaluated(() => void gateway(args));
        assert.equal((object(resources, "Service", "edge") as unknown as Annotated).metadata.annotations, undefined);
        const { annotations } = (object(resources, "Deployment", "edge") as unknown as Annotated).spec.template.metadata;
        const config = JSON.parse(annotations?.[PROXY_CONFIG_ANNOTATION] ?? "") as object;
        assert.deepEqual(config, {
            gatewayTopology: { proxyProtocol: {}, forwardClientCertDetails: "SANITIZE", numTrustedProxies: 2 },
            proxyHeaders: {
                server: { disabled: true },
                envoyDebugHeaders: { disabled: true },
                requestId: { disabled: true },
                attemptCount: { disabled: true },
            },
            proxyMetadata: { ISTIO_META_HTTP10: "1", ISTIO_META_IDLE_TIMEOUT: "10m" },
            connectionSettings: {
                httpMergeSlashes: true,
                httpPathWithEscapedSlashesAction: "UNESCAPE_AND_FORWARD",
                httpIdleTimeout: "600s",
                httpStreamIdleTimeout: "60s",
                httpMaxConcurrentStreams: 50,
            },
        });
        const { dataPlane: _dataPlane, numTrustedProxies: _number, ...options } = args;
        assert.deepEqual(gatewayOptionsOfProxyConfig(config), {
            ...options,
            idleTimeout: 600_000,
            limits: { streamIdleTimeout: 60_000, concurrentStreams: 50 },
        });
    });

    it("are judged before anything is made, each by its place", async () => {
        const rows: [args: object, wanted: RegExp][] = [
            [{ proxyProtocol: "optional" }, /proxyProtocol: with "optional" whoever sends a header is believed/],
            [{ proxyProtocolSources: ["10.0.0.0/40"] }, /proxyProtocolSources: got "10\.0\.0\.0\/40", wanted an address/],
            [{ trustedProxies: ["10.0.0.0/8"], numTrustedProxies: 1 }, /trustedProxies: numTrustedProxies says the same by a number/],
            [{ idleTimeout: "soon" }, /idleTimeout: got "soon", wanted a duration/],
            [{ limits: { headers: 5 } }, /limits\.headers: got 5, wanted a whole number from 20 to 1000/],
            [{ limits: { headers: 5000 } }, /limits\.headers: got 5000, wanted a whole number from 20 to 1000/],
            [{ serverHeader: { mode: "none", value: "x" } }, /serverHeader: with the mode "none" no value is sent/],
        ];
        for (const [args, wanted] of rows) assert.match(await refusal(() => gateway(args)), wanted);
        assert.match(await refusal(() => egress({ limits: { headers: 5 } })), /limits\.headers: got 5/);
    });

    it("for which Istio has no words are refused, each by itself", async () => {
        const message = await refusal(() => gateway({ ...ALL, dataPlane: "istio" }));
        for (const path of ["proxyProtocol", "proxyProtocolSources", "trustedProxies", "serverHeader", "limits.headers"])
            assert.match(message, new RegExp(`${path.replace(".", "\\.")}: Istio has no words for this`), path);
        assert.doesNotMatch(message, /limits\.headTimeout|acceptHttp10|forwardClientCertDetails/);
    });
});
