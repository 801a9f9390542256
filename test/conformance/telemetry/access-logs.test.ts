/**
 * Which access logs a gateway has, with which filters, formats and files: what istiod makes of Telemetries at several levels and
 * of the mesh's configuration, and what Envoy then has, beside what we compile of the same objects.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { DEFAULT_JSON_FORMAT, DEFAULT_TEXT_FORMAT } from "../../../istio/log-format";
import { compile } from "../../../proxy/compiler";
import { meshConfig } from "../../answers/support/access";
import type { RunningEnvoy } from "../answers/envoys";
import { startMesh, type Mesh } from "./mesh";

const WHAT = "the comparison of access logs with Istio's";
const EDGE = { namespace: "edge", labels: { istio: "ingressgateway" } };

type Entry = Readonly<Record<string, unknown>>;
interface Combination {
    readonly title: string;
    readonly root?: readonly Entry[];
    readonly namespace?: readonly Entry[];
    readonly workload?: readonly Entry[];
    readonly mesh?: Readonly<Record<string, unknown>>;
}

const envoy = { providers: [{ name: "envoy" }] };
const filter = (expression: string): Entry => ({ filter: { expression } });
const PROVIDERS = {
    extensionProviders: [
        { name: "file", envoyFileAccessLog: { path: "/dev/stderr", logFormat: { text: "%RESPONSE_CODE%" } } },
        { name: "json", envoyFileAccessLog: { path: "/dev/stdout", logFormat: { labels: { code: "%RESPONSE_CODE%", in: { a: "x" } } } } },
        { name: "Short", envoyFileAccessLog: { path: "/dev/stdout", omitEmptyValues: true } },
    ],
};
const named = (...names: readonly string[]): Entry => ({ providers: names.map((name) => ({ name })) });

const COMBINATIONS: readonly Combination[] = [
    { title: "nobody asks" },
    { title: "a filter in an entry without providers, below one with", root: [{ ...envoy, ...filter("a.b") }], workload: [filter("c.d")] },
    {
        title: "a filter with providers, below another",
        root: [{ ...envoy, ...filter("a.b") }],
        namespace: [{ ...envoy, ...filter("c.d") }],
    },
    {
        title: "two entries of one provider",
        workload: [
            { ...envoy, ...filter("a.b") },
            { ...envoy, ...filter("c.d") },
        ],
    },
    { title: "a filter alone beside its providers", workload: [envoy, filter("c.d")] },
    { title: "disabled for a workload", root: [envoy], workload: [{ disabled: true }] },
    { title: "disabled, and on again for a workload", root: [{ ...envoy, disabled: true }], workload: [{ disabled: false }] },
    { title: "disabled in the middle, and on again", root: [envoy], namespace: [{ disabled: true }], workload: [{}] },
    { title: "for the server's side", workload: [{ ...envoy, match: { mode: "SERVER" } }] },
    { title: "for both sides, disabled for the client's", workload: [envoy, { match: { mode: "CLIENT" }, disabled: true }] },
    { title: "for both sides, disabled for the server's", workload: [envoy, { match: { mode: "SERVER" }, disabled: true }] },
    { title: "another provider for a namespace", root: [envoy], namespace: [named("file")] },
    { title: "several providers, one disabled", root: [named("envoy", "file", "json")], namespace: [{ ...named("json"), disabled: true }] },
    { title: "several providers, and a filter for one", workload: [named("envoy", "file"), { ...named("file"), ...filter("a.b") }] },
    { title: "a provider in other letters", workload: [named("short", "JSON")] },
    { title: "providers by default", mesh: { ...PROVIDERS, defaultProviders: { accessLogging: ["file"] } } },
    {
        title: "providers by default, disabled",
        workload: [{ disabled: true }],
        mesh: { ...PROVIDERS, defaultProviders: { accessLogging: ["file"] } },
    },
    { title: "providers by default, with a filter", workload: [filter("a.b")], mesh: { defaultProviders: { accessLogging: ["envoy"] } } },
    { title: "the mesh's own file", mesh: { accessLogFile: "/dev/stdout" } },
    { title: "the mesh's own file, in its format", mesh: { accessLogFile: "/dev/stderr", accessLogFormat: "%DURATION%" } },
    { title: "the mesh's own file, in JSON", mesh: { accessLogFile: "/dev/stdout", accessLogEncoding: "JSON" } },
    {
        title: "the mesh's format for envoy",
        workload: [envoy],
        mesh: { accessLogEncoding: "JSON", accessLogFormat: '{"c": "%RESPONSE_CODE%"}' },
    },
    {
        title: "the mesh's file where a Telemetry disables",
        workload: [{ ...envoy, disabled: true }],
        mesh: { accessLogFile: "/dev/stdout" },
    },
    { title: "a provider that nobody defines", workload: [named("nobody")] },
];

function telemetry(namespace: string, name: string, accessLogging: readonly Entry[], more: object = {}): KubeObject {
    const spec = { ...more, accessLogging };
    return { apiVersion: "telemetry.istio.io/v1", kind: "Telemetry", metadata: { name, namespace }, spec } as KubeObject;
}

function objectsOf({ root, namespace, workload }: Combination): KubeObject[] {
    return [
        ...(root ? [telemetry("istio-system", "root", root)] : []),
        ...(namespace ? [telemetry("edge", "namespace", namespace)] : []),
        ...(workload ? [telemetry("edge", "workload", workload, { selector: { matchLabels: EDGE.labels } })] : []),
    ];
}

interface Log {
    readonly path: string;
    readonly format: unknown;
    readonly filter: string;
    readonly omitEmpty: boolean;
}

const sorted = (logs: readonly Log[]): Log[] => logs.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));

/** Of the first HTTP connection manager that a listener has. */
function logsOf(dump: string): Log[] {
    const found: unknown[] = [];
    JSON.parse(dump, (key, value: unknown) => {
        if (key === "filters" && JSON.stringify(value).includes("http_connection_manager")) found.push(value);
        return value;
    });
    const [manager] = found.flat() as readonly { readonly typed_config: { readonly access_log?: readonly Dumped[] } }[];
    return (manager?.typed_config.access_log ?? []).map(({ typed_config: config, filter: by }) => ({
        path: config.path,
        format: config.log_format.json_format ?? config.log_format.text_format_source?.inline_string,
        filter: by?.extension_filter?.typed_config.expression ?? "",
        omitEmpty: config.log_format.omit_empty_values ?? false,
    }));
}

interface Dumped {
    readonly typed_config: {
        readonly path: string;
        readonly log_format: {
            readonly json_format?: unknown;
            readonly text_format_source?: { readonly inline_string: string };
            readonly omit_empty_values?: boolean;
        };
    };
    readonly filter?: { readonly extension_filter?: { readonly typed_config: { readonly expression: string } } };
}

function oursOf(one: Combination): Log[] {
    const objects = [meshConfig(one.mesh ?? PROVIDERS), ...objectsOf(one)];
    const { tables } = compile({ ...EDGE, now: Date.now(), objects: objects.map((object) => ({ object })) });
    return [...tables.accessLogs.values()].flatMap(({ to, filter: expression }) => {
        if (to.kind !== "file") return [];
        const { path, format } = to;
        return {
            path,
            format: format.kind === "text" ? format.text : format.fields,
            filter: expression,
            omitEmpty: format.omitEmpty,
        };
    });
}

describe("access logs of Istio's gateway", function () {
    this.timeout(300_000);
    let stand: Mesh | undefined;
    let gateway: RunningEnvoy | undefined;

    before(async function () {
        stand = await startMesh(this, WHAT);
        gateway = await stand.envoys.of("router", EDGE);
        await stand.envoys.pushed([gateway], 180_000);
    });
    after(async () => {
        await stand?.stop();
    });

    it("are those that we compile, of every combination", async () => {
        const theirs: Record<string, Log[]> = {};
        const ours: Record<string, Log[]> = {};
        let last: Combination["mesh"] = undefined;
        for (const one of COMBINATIONS) {
            const objects = objectsOf(one);
            const { mesh = PROVIDERS } = one;
            if (mesh !== last) await stand!.istiod.mesh(mesh);
            last = mesh;
            if (objects.length > 0) await stand!.plane.apply(objects);
            await stand!.envoys.pushed([gateway!], 60_000);
            const answer = await fetch(`http://${gateway!.address}:${gateway!.admin}/config_dump?resource=dynamic_listeners`);
            theirs[one.title] = sorted(logsOf(await answer.text()));
            ours[one.title] = sorted(oursOf(one));
            const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
            if (objects.length > 0) await stand!.plane.kubectl(["delete", "--wait=false", "--ignore-not-found", "-f", "-"], list);
        }
        assert.deepEqual(ours, theirs);
        assert.ok(
            Object.values(theirs)
                .flat()
                .some(({ format }) => format === DEFAULT_TEXT_FORMAT),
        );
        assert.deepEqual(theirs["the mesh's own file, in JSON"]?.[0]?.format, DEFAULT_JSON_FORMAT);
    });
});
