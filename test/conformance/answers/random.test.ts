/**
 * Configurations of every kind and requests at random, answered by istiod with Envoy and by our proxy: `SEED=` plays those of a
 * run again, and `REQUESTS=` plays so many of each, however long it takes.
 */
import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { OurGateway } from "../../answers/support/ours";
import type { Answer, Case } from "../../answers/support/case";
import { Stand } from "../../answers/support/setting";
import { startControlPlane, type ControlPlane } from "../../support/control-plane";
import { findEnvoy } from "../../../harness/envoy";
import { needTools, skipFor } from "../../support/tools";
import { IstioGateway } from "./istio-gateway";
import { ACCESS } from "./random/access";
import { CONNECTIONS } from "./random/connections";
import { ENDPOINTS } from "./random/endpoints";
import { INGRESSES } from "./random/ingresses";
import { POLICIES } from "./random/policies";
import { ROUTES } from "./random/routes";

const WHAT = "the comparison with Istio's gateway";
const MOST = 400;
/** Of each: so many requests, or as many as there is time for. */
const ASKED = Number(process.env["REQUESTS"] ?? 0);
const ENOUGH = ASKED || 300;
const BUDGET_MS = ASKED > 0 ? 600_000 : 20_000;

describe("configurations and requests at random", function () {
    this.timeout(900_000);
    const stand = new Stand();
    let plane: ControlPlane | undefined;
    let istio: IstioGateway | undefined;
    let ours: OurGateway | undefined;

    before(async function () {
        needTools(this, WHAT, "pilot-discovery");
        findEnvoy() ?? skipFor(this, WHAT, "envoy (on PATH or installed by npm run e2e:tools)");
        plane = await startControlPlane(this);
        await stand.start();
        istio = await IstioGateway.start(plane, stand);
        ours = await new OurGateway(stand).start();
    });
    after(async () => {
        await ours?.stop();
        await istio?.stop();
        await stand.stop();
        await plane?.stop();
    });

    it("are decided alike, where policies decide", () => playAtRandom(ACCESS));

    it("are answered alike, where rules route, at a gateway and in the mesh", () => playAtRandom(ROUTES));

    it("are answered alike, where Ingresses route", () => playAtRandom(INGRESSES, misdirected));

    it("are led on alike, where connections are passed on", () => playAtRandom(CONNECTIONS, misdirected));

    it("are answered and copied alike, where rules say more than where to go", () =>
        playAtRandom(POLICIES, (theirs) => withoutOwnAddress(withoutEmptyLeave(theirs))));

    it("stay with one endpoint and leave out sick ones alike", () => playAtRandom(ENDPOINTS, servedElsewhere));

    /** All that differs of a run is told at once. `explained`: what we would answer, where docs/proxy.md says that it is otherwise. */
    async function playAtRandom(drawn: fc.Arbitrary<Case>, explained: (theirs: Answer, mine: Answer) => Answer = same): Promise<void> {
        const seed = Number(process.env["SEED"] ?? Math.floor(Math.random() * 2 ** 31));
        const end = Date.now() + BUDGET_MS;
        const found: string[] = [];
        let count = 0;
        let requests = 0;
        for (const one of fc.sample(drawn, { seed, numRuns: MOST })) {
            if (requests >= ENOUGH || Date.now() > end) break;
            const { refused = [], answers } = await istio!.play(one);
            const mine = (await ours!.play(one, refused)).answers;
            const before = found.length;
            for (const [title, answer] of Object.entries(answers)) {
                const own = mine[title] ?? { status: 0 };
                const wanted = explained(answer, own);
                if (!isDeepStrictEqual(own, wanted))
                    found.push(`  ${title}: ${differing(own, wanted)} instead of ${differing(wanted, own)}`);
            }
            if (found.length > before) found.push(`in ${one.title}`);
            count++;
            requests += Object.keys(answers).length;
        }
        console.log(`      SEED=${seed}: ${count} configurations, ${requests} requests`);
        assert.ok(found.length === 0, `SEED=${seed}\n${found.join("\n")}`);
    }
});

const same = (theirs: Answer): Answer => theirs;

/** Only what the other has otherwise. */
function differing(one: Answer, other: Answer): string {
    return JSON.stringify(
        Object.fromEntries(Object.entries(one).filter(([key, value]) => !isDeepStrictEqual(value, other[key as keyof Answer]))),
    );
}

/** A host of another server of the port, on a connection whose own server does not have it. */
function misdirected(theirs: Answer, mine: Answer): Answer {
    return theirs.status === 404 && mine.status === 421 ? mine : theirs;
}

/** A copy's X-Forwarded-For ends with the address of Istio's gateway itself. */
function withoutOwnAddress({ backend, ...theirs }: Answer): Answer {
    if (backend === undefined) return theirs;
    const plain = backend.map((one) => {
        const { "x-forwarded-for": by = "", ...others } = one.headers;
        const headers = { ...others, "x-forwarded-for": by.replace(/^([\d.]+),127\.0\.0\.\d+$/, "$1") };
        return { ...one, headers: Object.fromEntries(Object.entries(headers).sort(([a], [b]) => (a < b ? -1 : 1))) };
    });
    return { ...theirs, backend: plain };
}

/** A preflight that no origin is told in is refused, whatever else it says; and no header that may come is none that is named. */
function withoutEmptyLeave({ headers, ...theirs }: Answer): Answer {
    if (headers === undefined) return theirs;
    const isRefused = headers["access-control-allow-origin"] === undefined && headers["content-length"] === "0";
    const kept = Object.entries(headers).filter(
        ([name, value]) => !name.startsWith("access-control-") || !(isRefused || (name.endsWith("-allow-headers") && value === "")),
    );
    return { ...theirs, headers: Object.fromEntries(kept) };
}

/** What waits at an endpoint that can't be reached goes to another one as soon as it is ejected. */
function servedElsewhere(theirs: Answer, mine: Answer): Answer {
    const { statuses = [], backends } = theirs.spread ?? {};
    return backends === 1 && mine.spread?.backends === 1 && isDeepStrictEqual(statuses, [200, 503]) && mine.spread.statuses.join() === "200"
        ? mine
        : theirs;
}
