/** Error pages of a VirtualHost and of an IngressGateway: what carries them, and what is said before anything is made. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as gatehouse from "pulumi-gatehouse";
import * as pulumi from "@pulumi/pulumi";
import { ERROR_PAGES_ANNOTATION, readErrorPages } from "../../istio/semantics";
import { evaluated, object, refusal } from "./support/evaluation";
import { ingressRef } from "./support/refs";

const http = [{ route: [{ destination: { host: "web.shop.svc.cluster.local" } }] }];
const html = "<h1>{{status}} {{reason}}</h1>";

const host = (errorPages: unknown, more: object = {}): gatehouse.VirtualHost<object> =>
    new gatehouse.VirtualHost("shop", { gateway: ingressRef(), hosts: ["shop.test"], http, errorPages, ...more } as never);
const gateway = (errorPages: unknown, more: object = {}): gatehouse.IngressGateway =>
    new gatehouse.IngressGateway("edge", { namespace: "edge", errorPages, ...more } as never);

interface Annotated {
    readonly metadata: { readonly annotations?: Readonly<Record<string, string>> };
}

function pagesIn(text: string | undefined): unknown {
    const read = readErrorPages(text ?? "");
    return "fault" in read ? read.fault : read.pages;
}

describe("errorPages", () => {
    it("of a VirtualHost are its VirtualService's, also where a text comes later", async () => {
        const resources = await evaluated(() => {
            host([
                { statuses: ["404"], html, json: pulumi.output('{"status":{{status}}}') },
                { statuses: ["5xx"], of: "all", text: "sorry" },
            ]);
        });
        const { metadata } = object(resources, "VirtualService", "shop") as unknown as Annotated;
        assert.deepEqual(pagesIn(metadata.annotations?.[ERROR_PAGES_ANNOTATION]), [
            { statuses: [[404, 404]], of: "gateway", html, json: '{"status":{{status}}}' },
            { statuses: [[500, 599]], of: "all", text: "sorry" },
        ]);
        assert.equal((object(resources, "Gateway", "shop") as unknown as Annotated).metadata.annotations, undefined);
    });

    it("of an IngressGateway are its Service's, beside what the Service has", async () => {
        const resources = await evaluated(() => {
            gateway([{ statuses: ["404"], html }], { service: { annotations: { a: "b" } } });
        });
        const { annotations } = (object(resources, "Service", "edge") as unknown as Annotated).metadata;
        assert.equal(annotations?.a, "b");
        assert.deepEqual(pagesIn(annotations?.[ERROR_PAGES_ANNOTATION]), [{ statuses: [[404, 404]], of: "gateway", html }]);
        const without = await evaluated(() => {
            gateway(undefined);
        });
        const own = (object(without, "Service", "edge") as unknown as Annotated).metadata.annotations;
        assert.equal(own?.[ERROR_PAGES_ANNOTATION], undefined);
    });

    it("are judged before anything is made, each by its place", async () => {
        const rows: [pages: unknown, wanted: RegExp][] = [
            [[], /errorPages: there is no page\. Give at least one/],
            [[{ statuses: ["404"] }], /errorPages\[0\]: has no page, wanted one or more of html, json and text\./],
            [[{ statuses: ["302"], html }], /errorPages\[0\]\.statuses\[0\]: got "302", wanted a status of 400 to 599/],
            [
                [
                    { statuses: ["404"], html },
                    { statuses: ["4xx"], text: "{{path}}" },
                ],
                /errorPages\[1\]\.text: there is no \{\{path\}\}/,
            ],
            [[{ statuses: ["404"], json: "{" }], /errorPages\[0\]\.json: is no JSON/],
            [[{ statuses: ["404"], html: "x".repeat(65_537) }], /errorPages\[0\]\.html: has 65537 bytes, wanted at most 65536/],
        ];
        for (const [pages, wanted] of rows) {
            assert.match(await refusal(() => host(pages)), wanted);
            assert.match(await refusal(() => gateway(pages)), wanted);
        }
        // A text that is not known yet does not hide what is.
        assert.match(await refusal(() => host([{ statuses: ["99"], html: pulumi.output("x") }])), /statuses\[0\]: got "99"/);
    });

    it("are refused with Istio's proxy, which has no words for them", async () => {
        const pages = [{ statuses: ["404"], html }];
        const wanted = /errorPages: Istio has no words for error pages but those of an EnvoyFilter.* dataPlane "gatehouse"/;
        assert.match(await refusal(() => gateway(pages, { dataPlane: "istio" })), wanted);
        assert.match(await refusal(() => host(pages, { gateway: { ...ingressRef(), dataPlane: "istio" } })), wanted);
    });
});
