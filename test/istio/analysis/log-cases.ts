/** Access logs that do not log what is asked: each finding with a configuration that has the fault, and the same one without it. */
import type { KubeObject } from "../../../istio";
import { meshConfig } from "./corpus/objects";

type Objects = readonly KubeObject[];

const PROVIDERS = `extensionProviders:
- name: Audit
  envoyFileAccessLog: { path: /dev/stdout }
- name: records
  envoyOtelAls: { service: otel.obs.svc.cluster.local, port: 4317 }
- name: wrong
  envoyFileAccessLog: { path: logs }
- name: figures
  prometheus: {}`;

const asking = (entry: object, more: readonly object[] = [], mesh: Objects = [meshConfig(PROVIDERS)]): Objects => [
    ...mesh,
    {
        apiVersion: "telemetry.istio.io/v1",
        kind: "Telemetry",
        metadata: { name: "logs", namespace: "istio-system" },
        spec: { accessLogging: [entry, ...more] },
    } as KubeObject,
];
const by = (name: string, rest: object = {}): object => ({ providers: [{ name }], ...rest });
const filter = (expression: string): object => by("envoy", { filter: { expression } });
const ENTRY = "Telemetry istio-system/logs spec.accessLogging[0]";
const NAME = `GH0457 ${ENTRY}.providers[0].name`;
const MESH = "GH0479 ConfigMap istio-system/istio data.mesh";
const format = (text: string): Objects => [
    meshConfig(`extensionProviders: [{ name: a, envoyFileAccessLog: { logFormat: { text: "${text}" } } }]`),
];

export const LOG_CASES: readonly (readonly [title: string, line: string, faulty: Objects, sound: Objects])[] = [
    ["an access log of a provider that nobody defines", NAME, asking(by("audti")), asking(by("audit"))],
    ["an access log of a provider that nobody defines, where the mesh is not known", NAME, asking(by("x")), asking(by("x"), [], [])],
    ["an access log of a provider that is wrong", NAME, asking(by("wrong")), asking(by("records"))],
    ["an access log of a provider that takes none", NAME, asking(by("figures")), asking(by("envoy"))],
    [
        "an access log of the server's side",
        `GH0111 ${ENTRY}.match.mode`,
        asking(by("envoy", { match: { mode: "SERVER" } })),
        asking(by("envoy", { match: { mode: "CLIENT" } })),
    ],
    [
        "a filter alone",
        "GH0111 Telemetry istio-system/logs spec.accessLogging[1]",
        asking(by("envoy"), [{ filter: { expression: "true" } }]),
        asking(by("envoy"), [filter("true")]),
    ],
    [
        "a filter that names what nothing is called",
        `GH0111 ${ENTRY}.filter.expression`,
        asking(filter("response.status >= 400")),
        asking(filter("response.code >= 400 && upstream.locality != '' && has(request.headers['x-a'])")),
    ],
    [
        "a filter with a function that is none",
        `GH0111 ${ENTRY}.filter.expression`,
        asking(filter("request.path.beginsWith('/a')")),
        asking(filter("request.path.startsWith('/a')")),
    ],
    [
        "a format with an operator that is none",
        `${MESH}.extensionProviders[0].envoyFileAccessLog.logFormat`,
        format("%RESPONSE_KODE%"),
        format("%RESPONSE_CODE%"),
    ],
    ["a format that can't be read", `${MESH}.extensionProviders[0].envoyFileAccessLog.logFormat`, format("%REQ("), format("%REQ(A)%")],
    ["a mesh's configuration that is none", "GH0114 ConfigMap istio-system/istio data.mesh", [meshConfig("a: [b")], [meshConfig("a: [b]")]],
    ["a mesh's configuration of no settings", "GH0114 ConfigMap istio-system/istio data.mesh", [meshConfig("- a: b")], [meshConfig("")]],
    [
        "the mesh's own format with an operator that is none",
        `${MESH}.accessLogFormat`,
        [meshConfig(`accessLogEncoding: JSON\naccessLogFormat: '{ "a": "%NO_SUCH%" }'`)],
        [meshConfig(`accessLogEncoding: JSON\naccessLogFormat: '{ "a": "%DURATION%" }'`)],
    ],
];
