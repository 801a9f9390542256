/** The kinds that change a proxy from inside: code that runs in it, patches of Envoy's configuration, settings of its process. */
import type { EnvoyFilter, EnvoyFilterPatch, ProxyConfig, TrafficExtension, WasmPlugin } from "../types";
import { attachment, matchLabelsSelector, ONE_ATTACHMENT, targetReferences, trafficSelectors } from "./attachment";
import { podSelector } from "./common";
import { any, count, list, map, object, required, text, whole, words, type Field, type NumberField, type ObjectField } from "./field";

const priority = (): NumberField => whole("of several the one with the highest is first", -2_147_483_648, 2_147_483_647);

const environment = (): ObjectField =>
    object("what its machine gets", {
        env: list(
            "environment variables",
            object("a variable", {
                name: required(text("its name", { minLength: 1, maxLength: 256 })),
                value: text("its value", { maxLength: 2048 }),
                valueFrom: words("where the value comes from", ["INLINE", "HOST"]),
            }),
            { max: 256 },
        ),
    });

const wasmModule = (): Readonly<
    Record<
        | "url"
        | "sha256"
        | "imagePullPolicy"
        | "imagePullSecret"
        | "verificationKey"
        | "pluginConfig"
        | "pluginName"
        | "failStrategy"
        | "vmConfig"
        | "type",
        Field
    >
> => ({
    url: required(text("where the module is", { minLength: 1 })),
    sha256: text("its checksum"),
    imagePullPolicy: words("when it is fetched", ["UNSPECIFIED_POLICY", "IfNotPresent", "Always"]),
    imagePullSecret: text("the Secret to fetch it with", { minLength: 1, maxLength: 253 }),
    verificationKey: text("the key it is signed with"),
    pluginConfig: any("its own configuration"),
    pluginName: text("its name", { minLength: 1, maxLength: 256 }),
    failStrategy: words("what happens when it fails", ["FAIL_CLOSE", "FAIL_OPEN", "FAIL_RELOAD"]),
    vmConfig: environment(),
    type: words("what it filters", ["UNSPECIFIED_PLUGIN_TYPE", "HTTP", "NETWORK"]),
});

export const wasmPluginFields = object<WasmPlugin>(
    "a WebAssembly module in the proxy",
    {
        ...attachment(),
        ...wasmModule(),
        phase: words("where in the order it runs", ["UNSPECIFIED_PHASE", "AUTHN", "AUTHZ", "STATS"]),
        priority: priority(),
        match: trafficSelectors(),
    },
    { atMostOne: [ONE_ATTACHMENT] },
);

export const trafficExtensionFields = object<TrafficExtension>(
    "code in the proxy",
    {
        selector: matchLabelsSelector(),
        targetRefs: targetReferences(),
        phase: words("where in the order it runs", ["UNSPECIFIED", "AUTHN", "AUTHZ", "STATS"]),
        priority: priority(),
        match: trafficSelectors(),
        wasm: object("a WebAssembly module", wasmModule()),
        lua: object("a script", { inlineCode: required(text("its text", { minLength: 1, maxLength: 65_536 })) }),
    },
    {
        atMostOne: [
            ["selector", "targetRefs"],
            ["wasm", "lua"],
        ],
    },
);

const filterMatch = object(
    "what of Envoy's configuration it is for",
    {
        context: words("of which proxies", ["ANY", "SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY", "WAYPOINT"]),
        proxy: object("of which proxies", { proxyVersion: text("an expression for their version"), metadata: map("their metadata") }),
        listener: object("a listener", {
            portNumber: whole("its port"),
            portName: text("its port's name"),
            filterChain: object("a filter chain", {
                name: text("its name"),
                sni: text("its server name"),
                transportProtocol: text("its transport"),
                applicationProtocols: text("its protocols"),
                filter: object("a filter", { name: text("its name"), subFilter: object("a filter in it", { name: text("its name") }) }),
                destinationPort: whole("its port"),
            }),
            listenerFilter: text("a listener filter's name"),
            name: text("its name"),
        }),
        routeConfiguration: object("a route table", {
            portNumber: whole("its port"),
            portName: text("its port's name"),
            gateway: text("its Gateway, as `namespace/name`"),
            vhost: object("a virtual host", {
                name: text("its name"),
                domainName: text("a domain of it"),
                route: object("a route", {
                    name: text("its name"),
                    action: words("what it does", ["ANY", "ROUTE", "REDIRECT", "DIRECT_RESPONSE"]),
                }),
            }),
            name: text("its name"),
        }),
        cluster: object("a cluster", {
            portNumber: whole("its port"),
            service: text("its Service"),
            subset: text("its subset"),
            name: text("its name"),
        }),
        waypoint: object("a waypoint", {
            portNumber: whole("its port"),
            filter: object("a filter", { name: text("its name"), subFilter: object("a filter in it", { name: text("its name") }) }),
            route: object("a route", { name: text("its name") }),
        }),
    },
    { atMostOne: [["listener", "routeConfiguration", "cluster", "waypoint"]] },
);

export const envoyFilterFields = object<EnvoyFilter>(
    "patches of Envoy's configuration",
    {
        workloadSelector: podSelector("pods it is for", "labels", 4096),
        targetRefs: targetReferences(),
        configPatches: list(
            "patches",
            object<EnvoyFilterPatch>("a patch", {
                applyTo: words("what it changes", [
                    "INVALID",
                    "LISTENER",
                    "FILTER_CHAIN",
                    "NETWORK_FILTER",
                    "HTTP_FILTER",
                    "ROUTE_CONFIGURATION",
                    "VIRTUAL_HOST",
                    "HTTP_ROUTE",
                    "CLUSTER",
                    "EXTENSION_CONFIG",
                    "BOOTSTRAP",
                    "LISTENER_FILTER",
                ]),
                match: filterMatch,
                patch: object("the change", {
                    operation: words("what is done", [
                        "INVALID",
                        "MERGE",
                        "ADD",
                        "REMOVE",
                        "INSERT_BEFORE",
                        "INSERT_AFTER",
                        "INSERT_FIRST",
                        "REPLACE",
                        "MERGE_AND_REPLACE_LIST",
                    ]),
                    value: any("what is put there"),
                    filterClass: words("where in the order a filter is put", ["UNSPECIFIED", "AUTHN", "AUTHZ", "STATS"]),
                }),
            }),
        ),
        priority: priority(),
    },
    { atMostOne: [["workloadSelector", "targetRefs"]] },
);

export const proxyConfigFields = object<ProxyConfig>("settings of a proxy's process", {
    selector: matchLabelsSelector(),
    concurrency: count("how many threads serve"),
    environmentVariables: map("environment variables", text("a value", { maxLength: 2048 })),
    image: object("its image", { imageType: text("which variant") }),
});
