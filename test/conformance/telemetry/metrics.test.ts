/**
 * Which of Istio's metrics a gateway counts, by which tags: what istiod tells the stats filter of a gateway where Telemetries of
 * several levels say something of them, beside what we compile of the same objects. The filter is Istio's own, which a plain
 * Envoy lacks: istiod is asked what it would send.
 */
import assert from "node:assert/strict";
import { after, before, describe, it } from "mocha";
import type { KubeObject } from "../../../istio";
import { ISTIO_METRICS } from "../../../istio/semantics/standard-metrics";
import { compile } from "../../../proxy/compiler";
import { ALL_ISTIO_METRICS } from "../../../proxy/telemetry";
import { meshConfig } from "../../answers/support/access";
import { istioObject } from "../../answers/support/case";
import { eventually } from "../../support/eventually";
import { startMesh, type Mesh } from "./mesh";

const WHAT = "the comparison of metrics with Istio's";
const EDGE = { namespace: "edge", labels: { istio: "ingressgateway" } };

type Entry = Readonly<Record<string, unknown>>;
interface Combination {
    readonly title: string;
    readonly root?: readonly Entry[];
    readonly namespace?: readonly Entry[];
    readonly workload?: readonly Entry[];
    readonly mesh?: Readonly<Record<string, unknown>>;
    /**
     * Nothing names a provider of metrics. Istio's installation writes `metrics: [prometheus]` into the mesh's configuration; whoever
     * brings a part of one, or none, is not to lose what he is watched by. So we count as Istio does in the combination of this title.
     */
    readonly as?: string;
}

const prometheus = { providers: [{ name: "prometheus" }] };
const of = (metric: string, more: object, mode?: string): object => ({ match: { metric, ...(mode ? { mode } : {}) }, ...more });
const off = (metric: string, mode?: string): object => of(metric, { disabled: true }, mode);
const on = (metric: string): object => of(metric, { disabled: false });
const tag = (name: string, value?: string): object => ({
    tagOverrides: { [name]: value === undefined ? { operation: "REMOVE" } : { value } },
});

const DEFAULT = "Prometheus by default";
const DEFAULT_BUT_ONE = "Prometheus by default, one off for a workload";
const COMBINATIONS: readonly Combination[] = [
    { title: "a provider alone", root: [prometheus] },
    { title: "one metric off", root: [{ ...prometheus, overrides: [off("REQUEST_SIZE")] }] },
    { title: "all off", root: [{ ...prometheus, overrides: [off("ALL_METRICS")] }] },
    {
        title: "all off, one on below",
        root: [{ ...prometheus, overrides: [off("ALL_METRICS")] }],
        workload: [{ overrides: [on("REQUEST_COUNT")] }],
    },
    { title: "one off for a workload", root: [prometheus], workload: [{ overrides: [off("REQUEST_COUNT")] }] },
    {
        title: "one off above, on for a workload",
        root: [{ ...prometheus, overrides: [off("REQUEST_COUNT")] }],
        workload: [{ overrides: [on("REQUEST_COUNT")] }],
    },
    {
        title: "one off in the middle",
        root: [prometheus],
        namespace: [{ overrides: [off("RESPONSE_SIZE")] }],
        workload: [{ overrides: [off("REQUEST_SIZE")] }],
    },
    { title: "off for the server's side", root: [{ ...prometheus, overrides: [off("REQUEST_COUNT", "SERVER")] }] },
    { title: "off for the client's side", root: [{ ...prometheus, overrides: [off("REQUEST_COUNT", "CLIENT")] }] },
    { title: "off for both sides", root: [{ ...prometheus, overrides: [off("REQUEST_COUNT", "CLIENT_AND_SERVER")] }] },
    { title: "all off for the server's side", root: [{ ...prometheus, overrides: [off("ALL_METRICS", "SERVER")] }] },
    { title: "a tag for all", root: [{ ...prometheus, overrides: [tag("host", "request.host")] }] },
    { title: "a tag of one", root: [{ ...prometheus, overrides: [of("REQUEST_COUNT", tag("host", "request.host"))] }] },
    { title: "a tag removed", root: [{ ...prometheus, overrides: [of("REQUEST_COUNT", tag("response_flags"))] }] },
    {
        title: "a tag set, removed for a workload",
        root: [{ ...prometheus, overrides: [tag("host", "request.host")] }],
        workload: [{ overrides: [of("REQUEST_COUNT", tag("host"))] }],
    },
    {
        title: "a tag removed, set for a workload",
        root: [{ ...prometheus, overrides: [tag("response_flags")] }],
        workload: [{ overrides: [of("REQUEST_COUNT", tag("response_flags", "'x'"))] }],
    },
    { title: "a tag set twice", root: [{ ...prometheus, overrides: [tag("host", "'a'"), of("REQUEST_COUNT", tag("host", "'b'"))] }] },
    { title: "two entries", workload: [{ ...prometheus, overrides: [off("REQUEST_COUNT")] }, { overrides: [tag("host", "'a'")] }] },
    { title: "all off, then a tag", root: [{ ...prometheus, overrides: [off("ALL_METRICS"), of("REQUEST_COUNT", tag("host", "'a'"))] }] },
    { title: "off with a tag", root: [{ ...prometheus, overrides: [of("REQUEST_COUNT", { disabled: true, ...tag("host", "'a'") })] }] },
    {
        title: "metrics of TCP and of messages",
        root: [{ ...prometheus, overrides: [off("TCP_OPENED_CONNECTIONS"), off("GRPC_REQUEST_MESSAGES")] }],
    },
    {
        title: "all off, one on for the server's side",
        root: [{ ...prometheus, overrides: [off("ALL_METRICS"), of("REQUEST_COUNT", { disabled: false }, "SERVER")] }],
    },
    { title: "a provider for a workload alone", workload: [prometheus] },
    { title: "nothing is said", as: DEFAULT },
    { title: "no defaults", mesh: { defaultProviders: {} }, as: DEFAULT },
    { title: "defaults of others", mesh: { defaultProviders: { accessLogging: ["envoy"] } }, as: DEFAULT },
    { title: "no defaults of metrics", mesh: { defaultProviders: { metrics: [] } } },
    { title: DEFAULT, mesh: { defaultProviders: { metrics: ["prometheus"] } } },
    {
        title: DEFAULT_BUT_ONE,
        workload: [{ overrides: [off("REQUEST_COUNT")] }],
        mesh: { defaultProviders: { metrics: ["prometheus"] } },
    },
    {
        title: "no defaults, one off for a workload",
        workload: [{ overrides: [off("REQUEST_COUNT")] }],
        mesh: { defaultProviders: {} },
        as: DEFAULT_BUT_ONE,
    },
    { title: "no defaults, a provider for a workload", workload: [prometheus], mesh: { defaultProviders: {} } },
];

function objectsOf({ root, namespace, workload }: Combination): KubeObject[] {
    const telemetry = (where: string, name: string, metrics: readonly Entry[] | undefined, more: object = {}): KubeObject[] =>
        metrics ? [istioObject("Telemetry", name, { ...more, metrics }, { namespace: where, apiVersion: "telemetry.istio.io/v1" })] : [];
    return [
        ...telemetry("istio-system", "root", root),
        ...telemetry("edge", "namespace", namespace),
        ...telemetry("edge", "workload", workload, { selector: { matchLabels: EDGE.labels } }),
    ];
}

/** By the names of metrics that are counted: what their tags are set to; empty: it is removed. */
type Counted = Readonly<Record<string, Readonly<Record<string, string>>>>;

interface Told {
    readonly name?: string;
    readonly drop?: boolean;
    readonly dimensions?: Readonly<Record<string, string>>;
    readonly tagsToRemove?: readonly string[];
}

const NAMES = Object.values(ISTIO_METRICS).map((name) => name.slice("istio_".length));

/** Of the first connection manager. */
function theirsOf(dump: string): Counted {
    const found: { readonly metrics?: readonly Told[] }[] = [];
    JSON.parse(dump, (_key, value: unknown) => {
        const { name, typedConfig } = (value ?? {}) as {
            readonly name?: string;
            readonly typedConfig?: { readonly metrics?: readonly Told[] };
        };
        if (name === "istio.stats" && typedConfig) found.push(typedConfig);
        return value;
    });
    const [filter] = found;
    if (filter === undefined) return {};
    const { metrics = [] } = filter;
    return Object.fromEntries(
        NAMES.flatMap((name) => {
            const told = metrics.filter((one) => (one.name ?? name) === name);
            if (told.some(({ drop }) => drop)) return [];
            const removed = told.flatMap(({ tagsToRemove = [] }) => tagsToRemove).map((one) => [one, ""]);
            return [[name, Object.fromEntries([...removed, ...told.flatMap(({ dimensions = {} }) => Object.entries(dimensions))])]];
        }),
    );
}

function oursOf(objects: readonly KubeObject[]): Counted {
    const { tables } = compile({ ...EDGE, now: Date.now(), objects: objects.map((object) => ({ object })) });
    const { metrics } = tables.metrics.get("default") ?? ALL_ISTIO_METRICS;
    return Object.fromEntries(
        metrics.map(({ metric, tags }) => [
            ISTIO_METRICS[metric].slice("istio_".length),
            Object.fromEntries(tags.map(({ name, expression = "" }) => [name, expression])),
        ]),
    );
}

describe("metrics of Istio's gateway", function () {
    this.timeout(300_000);
    let stand: Mesh | undefined;

    before(async function () {
        stand = await startMesh(this, WHAT);
        await stand.envoys.pushed([await stand.envoys.of("router", EDGE)], 180_000);
    });
    after(async () => {
        await stand?.stop();
    });

    /** What istiod would send once it knows of all that was applied. */
    async function asked(round: number): Promise<string> {
        const body = `of round ${round}`;
        const rule = { hosts: ["marker.test"], gateways: ["marker"], http: [{ directResponse: { status: 200, body: { string: body } } }] };
        await stand!.plane.apply([istioObject("VirtualService", "marker", rule)]);
        let text = "";
        await eventually(async () => {
            text = await stand!.istiod.debug("config_dump?proxyID=envoy1.edge");
            assert.ok(text.includes(body));
        }, 60_000);
        return text;
    }

    it("are those that we compile, of every combination", async () => {
        const theirs: Record<string, Counted | undefined> = {};
        const ours: Record<string, Counted | undefined> = {};
        let last: Combination["mesh"] = undefined;
        for (const [at, one] of COMBINATIONS.entries()) {
            const objects = objectsOf(one);
            const { mesh = {} } = one;
            if (mesh !== last) await stand!.istiod.mesh({ defaultProviders: undefined, ...mesh });
            last = mesh;
            if (objects.length > 0) await stand!.plane.apply(objects);
            theirs[one.title] = theirsOf(await asked(at));
            ours[one.title] = oursOf([meshConfig(mesh), ...objects]);
            const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
            if (objects.length > 0) await stand!.plane.kubectl(["delete", "--wait=false", "--ignore-not-found", "-f", "-"], list);
        }
        for (const { title, as } of COMBINATIONS) {
            if (as === undefined) continue;
            assert.deepEqual(theirs[title], {}, title);
            theirs[title] = theirs[as];
        }
        assert.deepEqual(ours, theirs);
    });
});
