/**
 * What a table restricts is never let in because its entry could not be bound, whatever was served before, and the entry is named.
 * A table that is new fails to compile here until it is said what it restricts.
 */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { CLOSED } from "../../../istio/semantics";
import { accessNamed, bindSnapshot, chainFor, listenerRules, mayReach, type Snapshot } from "../../../proxy/snapshot";
import type { TableName, TablesDelta } from "../../../proxy/tables";
import { createUpstreamServices } from "../../../proxy/upstream";
import { guardFor } from "../../../proxy/upstream/address-guard";
import { access, policy } from "./access-entries";
import { cluster, delta, endpoints, forwardTo, httpsChain, ORIGIN, route, virtualHost } from "./entries";

type Sets = TablesDelta["set"];

interface Case {
    /** What was there before, and served somebody. */
    readonly before: Sets;
    /** What can't be bound. */
    readonly broken: Sets;
    readonly isClosed: (snapshot: Snapshot) => boolean;
}

const BROKEN = null as never;
const LISTENER = "0.0.0.0:443";
const listener = { key: LISTENER, bind: "0.0.0.0", port: 443, targetPort: 443, kind: "tls", origin: ORIGIN } as const;
const tokens = { key: "shop/tokens", rules: [], origin: ORIGIN };
const guarded = (broken: Sets): Case => ({
    before: {
        access: [access("a", { deny: ["shop/deny"], authentications: ["shop/tokens"] })],
        authorizations: [policy("deny")],
        authentications: [tokens],
    },
    broken,
    isClosed: ({ access: bound }) => accessNamed("a", bound)?.refusal !== undefined,
});
const maintenance = (addresses: readonly string[]) => ({ ...CLOSED, bypass: { addresses, paths: [] } });
const NETWORK = ["nonsense"];

/** A text: why there is nothing to be let in by. */
const TABLES: Readonly<Record<TableName, readonly Case[] | string>> = {
    listeners: [
        {
            before: { listeners: [listener] },
            broken: { listeners: [{ ...listener, options: { trustedProxies: NETWORK } }] },
            isClosed: ({ entries }) => listenerRules(entries.listeners.get(LISTENER)!).refusal !== undefined,
        },
        {
            before: { listeners: [{ ...listener, options: { proxyProtocol: "optional" } }] },
            broken: { listeners: [{ ...listener, options: { proxyProtocol: "required", proxyProtocolSources: NETWORK } }] },
            isClosed: ({ entries }) => listenerRules(entries.listeners.get(LISTENER)!).refusal !== undefined,
        },
    ],
    chains: [
        {
            before: { chains: [httpsChain("web", ["web.test"])] },
            broken: { chains: [{ ...httpsChain("web", ["web.test"], "MUTUAL"), serverNames: BROKEN }] },
            isClosed: (snapshot) => {
                const chain = chainFor(snapshot, LISTENER, "web.test");
                return chain === undefined || chain.entry.refusal !== undefined;
            },
        },
        {
            before: { chains: [httpsChain("rest", [])] },
            broken: { chains: [{ ...httpsChain("web", ["web.test"]), tls: { mode: "MUTUAL" } as never }] },
            isClosed: (snapshot) => chainFor(snapshot, LISTENER, "web.test")?.entry.refusal !== undefined,
        },
    ],
    virtualHosts: [
        {
            before: { virtualHosts: [virtualHost("*.test", [route(forwardTo("c"))]), virtualHost("a.test", [route(forwardTo("c"))])] },
            broken: { virtualHosts: [virtualHost("a.test", BROKEN)] },
            isClosed: ({ routeTables }) =>
                routeTables
                    .get("http.80")
                    ?.hosts.find("a.test")
                    ?.routes.every(({ action }) => action.kind === "refuse") === true,
        },
    ],
    clusters: [
        {
            before: { clusters: [cluster("c")], endpoints: [endpoints("c", 1)] },
            broken: { clusters: [cluster("c", { allowFrom: "nobody", innerAddresses: NETWORK })] },
            isClosed: (snapshot) => !mayReach(snapshot, "c", "10.0.0.1"),
        },
    ],
    access: [{ before: { access: [access("a")] }, broken: { access: [{ ...access("a"), deny: BROKEN }] }, isClosed: guarded({}).isClosed }],
    authorizations: [guarded({ authorizations: [policy("deny", { rules: BROKEN })] })],
    authentications: [guarded({ authentications: [{ ...tokens, rules: BROKEN }] })],
    sources: [
        {
            before: { clusters: [cluster("c", { allowFrom: "s" })], sources: [{ key: "s", addresses: ["10.0.0.1"], origin: ORIGIN }] },
            broken: { sources: [{ key: "s", addresses: BROKEN, origin: ORIGIN }] },
            isClosed: (snapshot) => !mayReach(snapshot, "c", "10.0.0.1"),
        },
    ],
    edges: [false as const, maintenance(["10.0.0.0/8"])].map((value) => ({
        before: { edges: [{ key: "*", maintenance: { value, origin: ORIGIN }, origin: ORIGIN }] },
        broken: { edges: [{ key: "*", maintenance: { value: maintenance(NETWORK), origin: ORIGIN }, origin: ORIGIN }] },
        isClosed: ({ edge }) => {
            const kept = edge?.of(undefined)?.maintenance;
            return kept?.status === 503 && kept.networks === undefined;
        },
    })),
    limits: [
        {
            before: { limits: [{ key: "l", isOfGateway: true, rates: [], origin: ORIGIN }] },
            broken: { limits: [{ key: "l", isOfGateway: true, rates: [BROKEN], origin: ORIGIN }] },
            isClosed: ({ gatewayLimits }) => gatewayLimits[0]?.isRefused === true,
        },
    ],
    routeTables: "is served as it is: nothing of it is bound",
    endpoints: "are where somebody may go who is let in",
    secrets: "without one that can be used there is no handshake",
    accessLogs: "tell",
    metrics: "tell",
    keySets: "without keys no token is good",
    providers: "who can't be asked lets nobody in",
    errorPages: "decorate",
    redirectMaps: "lead elsewhere",
    tracing: "tells",
};

const bind = (previous: Snapshot | undefined, version: number, set: Sets): Snapshot =>
    bindSnapshot(previous, delta(version, set), createUpstreamServices(), {
        tickets: { keys: Buffer.alloc(48) },
        events: { secure: () => undefined, refused: () => undefined, unusable: () => undefined },
    });

describe("an entry that can't be bound", () => {
    for (const [table, cases] of Object.entries(TABLES) as [TableName, readonly Case[] | string][]) {
        if (typeof cases === "string") continue;
        for (const [at, { before, broken, isClosed }] of cases.entries())
            it(`lets nobody in whom it may keep out: ${table} (${at + 1})`, () => {
                const first = bind(undefined, 1, before);
                assert.deepEqual(first.faults, []);
                assert.equal(isClosed(first), false, "it was served before");
                const after = bind(first, 2, broken);
                assert.equal(isClosed(after), true, "after it was served");
                assert.ok(
                    after.faults.some((fault) => fault.table === table),
                    JSON.stringify(after.faults),
                );
                const fresh = bind(undefined, 1, { ...before, ...broken });
                assert.equal(isClosed(fresh), true, "of a worker that starts");
            });
    }

    it("of inner addresses opens none of them", () => {
        const { guard, fault } = guardFor(NETWORK);
        assert.match(fault?.message ?? "", /nonsense.* is no range of addresses/);
        assert.match(guard!.fault("a.test", ["10.0.0.1"]), /inner address/);
        assert.equal(guardFor(["10.0.0.0/8"]).guard!.fault("a.test", ["10.0.0.1"]), "");
    });

    it("of a host's settings that only decorate is left out, and the others are kept", () => {
        const { edge, faults } = bind(undefined, 1, {
            edges: [
                {
                    key: "*",
                    maintenance: { value: maintenance(["10.0.0.0/8"]), origin: ORIGIN },
                    securityHeaders: { value: BROKEN, origin: ORIGIN },
                    origin: ORIGIN,
                },
            ],
        });
        const of = edge?.of(undefined);
        assert.deepEqual([of?.securityHeaders, of?.maintenance?.networks === undefined], [undefined, false]);
        assert.deepEqual(
            faults.map(({ table, key }) => [table, key]),
            [["edges", "*"]],
        );
    });
});
