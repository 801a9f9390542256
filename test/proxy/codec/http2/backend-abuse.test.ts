/** The same by a backend: the connection to it is ended with the code of the table, and the requests on it are told. */
import assert from "node:assert/strict";
import { afterEach, describe, it } from "mocha";
import { ABUSE, type AbuseKind, type AbuseName } from "../../../../proxy/codec/http2/abuse-kinds";
import { CLIENT_COUNTS } from "../../../../proxy/codec/http2/counts";
import { eventually } from "../../../support/eventually";
import { askedOf } from "./support/attacking-backend";
import { BACKEND_ATTACKS } from "./support/backend-attacks";
import { TYPE } from "./support/raw-frames";
import type { RawPeer } from "./support/raw-peer";

const TIMED: ReadonlySet<AbuseName> = new Set(["settings_timeout", "unfinished_header_block"]);
const SHORT = { settingsTimeout: 60, frameTimeout: 60, writeIdleTimeout: 60 };

describe("too much of HTTP/2 from a backend", () => {
    const peers: RawPeer[] = [];
    afterEach(() => {
        for (const one of peers.splice(0)) one.destroy();
    });

    for (const [name, kind] of Object.entries(ABUSE) as [AbuseName, AbuseKind][]) {
        for (const one of BACKEND_ATTACKS[name] ?? []) {
            it(`ends as the table says: ${name}, ${one.name}`, async () => {
                const before = { ...CLIENT_COUNTS.abuse };
                const { attacked, connection, requests, closed } = await askedOf(
                    { connectionWindow: 1024 * 1024, ...(TIMED.has(name) ? SHORT : {}) },
                    one.settings,
                    { upload: name === "tiny_windows", stuck: name === "window_exceeded" },
                );
                const { peer } = attacked;
                peers.push(peer);
                if (!one.unsettled) await peer.settle();
                await peer.frame(({ type }) => type === TYPE.HEADERS);
                await one.run(attacked);
                const { code } = await peer.ending();
                await closed;
                const codes = kind.faults.map((fault) => fault.code);
                assert.ok(code !== undefined && codes.includes(code), `${code} is the code`);
                const counted = Object.entries(CLIENT_COUNTS.abuse).filter(([key, value]) => value !== before[key as AbuseName]);
                assert.deepEqual(
                    counted.map(([key, value]) => [key, value - before[key as AbuseName]]),
                    [[name, 1]],
                );
                assert.equal(connection.capacity, 0);
                await eventually(() => assert.deepEqual([requests.open, CLIENT_COUNTS.streamsActive], [0, 0], "nothing of it is left"));
            });
        }
    }

    it("is known in all its kinds", () => {
        const known = Object.entries<AbuseKind>(ABUSE).flatMap(([name, { sides }]) => (sides.includes("client") ? [name] : []));
        assert.deepEqual(Object.keys(BACKEND_ATTACKS).sort(), known.sort());
    });
});
