import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { analyze, findingText, KINDS, parseDocuments, refText, type Finding, type Kind, type KubeObject } from "../../../istio";
import { arbitraryObject } from "../arbitrary";
import { gateway, secure, SELECTOR, server, service, to, virtualService, WEB, workload } from "./corpus/objects";

const now = Date.now();
const found = (objects: readonly KubeObject[]): Finding[] =>
    analyze(
        objects.map((object) => ({ object })),
        { now },
    );
const read = (text: string): Finding[] => analyze(parseDocuments(text, "all.yaml").documents, { now });
const lines = (findings: readonly Finding[]): string[] =>
    findings.map(({ code, object, field }) => `${code} ${object ? refText(object) : ""} ${field}`);

const LOOSE = [
    ["apps/v1", "Deployment"],
    ["v1", "Namespace"],
    ["v1", "Node"],
    ["security.istio.io/v1", "RequestAuthentication"],
    ["security.istio.io/v1", "PeerAuthentication"],
] as const;

/** A handful of objects of any kind, alike enough to refer to each other. */
const configuration = fc.array(
    fc.oneof(
        fc.constantFrom<Kind>(...KINDS).chain((kind) => arbitraryObject(kind)),
        fc
            .constantFrom(...LOOSE)
            .chain(([apiVersion, kind]) => fc.jsonValue().map((spec) => ({ apiVersion, kind, metadata: { name: "x" }, spec }))),
    ),
    { maxLength: 6 },
);

describe("the analysis", () => {
    it("answers any objects without throwing, and every finding as a sentence", () => {
        fc.assert(
            fc.property(configuration, (objects) => {
                for (const one of found(objects as KubeObject[])) assert.match(findingText(one), /^(Error|Warning|Info) (GH|IST)\d{4}/);
            }),
            { numRuns: 60 },
        );
    });

    it("does not depend on the order of the objects", () => {
        const objects = [
            ...workload(),
            ...WEB,
            gateway("alpha", { selector: SELECTOR, servers: [secure("cert", ["a.com"]), server(80, ["a.com"])] }),
            gateway("beta", { selector: SELECTOR, servers: [secure("cert", ["b.com"]), server(80, ["a.com"])] }),
            virtualService("one", { hosts: ["a.com"], gateways: ["alpha"], http: [{ route: [to("web")] }] }),
            virtualService("two", { hosts: ["web"], http: [{ route: [to("nowhere")] }] }),
            virtualService("three", { hosts: ["web"], http: [{ route: [to("web", { subset: "v1" })] }] }),
        ];
        const wanted = found(objects);
        assert.ok(wanted.length > 5);
        fc.assert(
            fc.property(fc.shuffledSubarray(objects, { minLength: objects.length }), (shuffled) =>
                assert.deepEqual(found(shuffled), wanted),
            ),
            { numRuns: 30 },
        );
    });

    it("says where in the file a thing stands", () => {
        const findings = read(`apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: web
spec:
  hosts:
  - web
  gateways:
  - nowhere
  http:
  - route:
    - destination:
        host: missing
    mirror:
      host: lost
`);
        assert.deepEqual(
            findings.map(({ code, field, place }) => [code, field, place?.line]),
            [
                ["IST0101", "spec.gateways[0]", 9],
                ["IST0101", "spec.http[0].mirror.host", 15],
                ["IST0101", "spec.http[0].route[0].destination.host", 13],
                ["IST0132", "spec.gateways[0]", 9],
            ],
        );
    });

    it("says what to write today instead of what the first releases of Istio had", () => {
        const findings = read(`apiVersion: networking.istio.io/v1alpha3
kind: VirtualService
metadata: { name: web }
spec:
  hosts: [web]
  http:
  - match: { uri: { prefix: /a } }
    route:
    - destination: { name: web }
---
apiVersion: networking.istio.io/v1alpha3
kind: Gateway
metadata: { name: g }
spec:
  servers:
  - port: { number: 80, name: http, protocol: HTTP }
---
apiVersion: extensions/v1beta1
kind: Ingress
metadata: { name: i }
spec:
  backend: { serviceName: web, servicePort: 80 }
---
apiVersion: config.istio.io/v1alpha2
kind: RouteRule
metadata: { name: r }
spec: {}
`);
        const about = (name: string): string[] =>
            findings.filter(({ object }) => object?.name === name).map(({ code, field, fix }) => `${code} ${field}: ${fix}`);
        assert.match(about("web").join("\n"), /GH0109 spec\.http\[0\]\.match: Write a list of blocks/);
        assert.match(about("web").join("\n"), /GH0109 spec\.http\[0\]\.route\[0\]\.destination\.name: Write `host`/);
        assert.match(about("g").join("\n"), /spec\.servers\[0\]\.hosts: .*hosts: \["\*"\]/);
        assert.match(about("g").join("\n"), /spec\.selector/);
        assert.match(about("i").join("\n"), /GH0109 spec\.backend: Write `defaultBackend`/);
        assert.match(about("r").join("\n"), /GH0109 apiVersion: Write a VirtualService/);
    });

    it("names an object that stands there twice, and looks at the last one", () => {
        const findings = found([service("web", [{ port: 80, name: "odd" }]), service("web", [80])]);
        assert.deepEqual(lines(findings), ["GH0701 Service shop/web metadata.name"]);
    });

    it("looks objects of a context up and does not judge them", () => {
        const judged = [virtualService("web", { hosts: ["a.com"], gateways: ["site"], http: [{ route: [to("nowhere")] }] })];
        const context = [gateway("site", { selector: SELECTOR, servers: [server(80, ["a.com"])] })];
        const findings = analyze([...judged.map((object) => ({ object })), ...context.map((object) => ({ object, context: true }))], {
            now,
        });
        assert.deepEqual(lines(findings), ["IST0101 VirtualService shop/web spec.http[0].route[0].destination.host"]);
    });

    for (const [title, sharing] of [
        ["one workload", () => "gw"],
        ["a workload each", (at: number) => `gw${at}`],
    ] as const) {
        it(`takes a thousand objects of ${title} in well under two seconds`, () => {
            const objects = Array.from({ length: 200 }, (_, at) => [
                gateway(`g${at}`, { selector: { istio: sharing(at) }, servers: [secure("cert", [`h${at}.com`]), server(80, ["*"])] }),
                virtualService(`v${at}`, { hosts: ["same.com", `h${at}.com`], http: [{ route: [to(`s${at}`)] }] }),
                service(`s${at}`, [80], { app: `a${at}` }),
                {
                    ...(workload([80, 443], `ns${at}`)[0] as KubeObject),
                    metadata: { name: `gw${at}`, namespace: "ingress", labels: { istio: sharing(at) } },
                },
                service(`ingress/gw${at}`, [80, 443], { istio: sharing(at) }),
            ]).flat();
            const started = process.cpuUsage();
            const findings = found(objects);
            const { user, system } = process.cpuUsage(started);
            assert.ok(findings.length >= 400);
            assert.ok((user + system) / 1e6 < 2, `${(user + system) / 1e6} s for ${objects.length} objects`);
            assert.ok(findings.every(({ message }) => message.length < 2000));
        });
    }

    it("names the appProtocol that keeps a port's name from being read, and what to write for HTTP/2", () => {
        const ports = [
            { port: 1, name: "odd" },
            ...["h2c", "example.com/own"].map((appProtocol, at) => ({ port: 2 + at, name: "grpc", appProtocol })),
        ];
        const fixes = found([service("web", ports)]).flatMap(({ code, fix }) => (code === "IST0118" ? [fix] : []));
        assert.match(fixes[0]!, /^Name it /);
        assert.match(fixes[1]!, /no `appProtocol` of `h2c`, and reads no name beside one: write `kubernetes\.io\/h2c`, or leave it out\.$/);
        assert.match(fixes[2]!, /`example\.com\/own`.*write a word that it knows, as `http`, `grpc` or `kubernetes\.io\/h2c`/);
    });

    it("says once what an old field is called today", () => {
        const web: KubeObject = {
            apiVersion: "networking.istio.io/v1",
            kind: "VirtualService",
            metadata: { name: "web", namespace: "shop" },
            spec: { hosts: ["web"], http: [{ fault: { delay: { fixedDelay: "1s", percent: 5 } }, directResponse: { status: 200 } }] },
        } as KubeObject;
        const about = analyze([{ object: web }], { now: Date.now() })
            .filter(({ field }) => field.endsWith("percent"))
            .map(({ code, fix }) => `${code} ${fix}`);
        assert.deepEqual(about, ["IST0002 Write `percentage.value`."]);
    });
});
