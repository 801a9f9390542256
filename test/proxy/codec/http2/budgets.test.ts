/** The budgets of a connection of HTTP/2: floods use them up, honest peers do not, however long they stay. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { AbuseBudgets, BUDGETS, type BudgetName } from "../../../../proxy/codec/http2/abuse";
import { ABUSE, abuseOf, type AbuseName } from "../../../../proxy/codec/http2/abuse-kinds";
import { ENHANCE_YOUR_CALM } from "../../../../proxy/codec/http2/constants";
import { FAULTS } from "../../../../proxy/codec/http2/faults";

const NAMES = Object.keys(BUDGETS) as BudgetName[];
const HOUR = 3600;

/** How many can be spent at once. */
function most(budgets: AbuseBudgets, name: BudgetName, now: number): number {
    let count = 0;
    while (budgets.spend(name, now) === undefined) count++;
    return count;
}

describe("a budget of a connection of HTTP/2", () => {
    for (const name of NAMES) {
        const { burst, perSecond, of = name } = BUDGETS[name];

        it(`lets ${burst} ${name} through at once, and as many a second later as fill it again`, () => {
            const budgets = new AbuseBudgets(1000);
            assert.equal(most(budgets, name, 1000), burst);
            assert.equal(budgets.spend(name, 1000), BUDGETS[name].fault);
            const later = new AbuseBudgets(0);
            for (let spent = 0; spent < burst; spent++) assert.equal(later.spend(name, 0), undefined);
            assert.equal(most(later, name, 1000), perSecond);
            assert.ok(most(later, name, HOUR * 1000) <= BUDGETS[of].burst, "no more than at the beginning, after an hour");
        });
    }

    /** What each does at a moment, and how many times in a second. */
    type Play = (budgets: AbuseBudgets, now: number) => unknown;
    const HONEST: Readonly<Record<string, readonly [times: number, play: Play]>> = {
        "a player that cancels 20 requests a second": [20, (budgets, now) => budgets.reset(300, now)],
        "a service whose calls run out of time after 2 s, 60 a second of them": [60, (budgets, now) => budgets.reset(2000, now)],
        "a service that takes back a third of its 3,000 calls a second": [
            1000,
            (budgets, now) => {
                budgets.streamsCompleted += 2;
                return budgets.reset(50, now);
            },
        ],
        "gRPC that measures its line at each of 1,000 frames a second": [
            1000,
            (budgets, now) => {
                budgets.framesSent++;
                return budgets.spend("pings", now) ?? budgets.spend("windowUpdates", now, 2);
            },
        ],
        "gRPC that keeps an idle connection alive": [1, (budgets, now) => budgets.spend("pings", now)],
        "a download whose reader gives back each of 5,000 frames a second, twice": [
            5000,
            (budgets, now) => {
                budgets.framesSent++;
                return budgets.spend("windowUpdates", now, 2);
            },
        ],
        "a browser that says which of 50 pictures a second come into view": [
            50,
            (budgets, now) => {
                budgets.streamsOpened++;
                return budgets.spend("priorities", now, 2) ?? budgets.spend("uselessFrames", now);
            },
        ],
        "a reader whose window ends in the middle of every second frame": [
            500,
            (budgets, now) => {
                budgets.framesSent += 2;
                return budgets.spend("tinyWindows", now, 2);
            },
        ],
        "calls of 20 bytes that are padded to 255": [
            2000,
            (budgets, now) => {
                budgets.framesReceived++;
                budgets.bytesReceived += 20;
                return budgets.spend("padding", now, 235);
            },
        ],
    };
    for (const [who, [times, play]] of Object.entries(HONEST)) {
        it(`is not met by ${who}`, () => {
            const budgets = new AbuseBudgets(0);
            for (const second of [...Array(60).keys(), HOUR, HOUR + 1])
                for (let time = 0; time < times; time++) assert.equal(play(budgets, second * 1000), undefined, `second ${second}`);
        });
    }
});

describe("the table of what is too much", () => {
    it("has every budget, and every other bound that calms a peer", () => {
        for (const name of NAMES) assert.ok(abuseOf(BUDGETS[name].fault), name);
        for (const [name, fault] of Object.entries(FAULTS))
            if (fault.code === ENHANCE_YOUR_CALM && fault.scope === "connection") assert.ok(abuseOf(fault), name);
    });

    it("has each fault once", () => {
        const faults = Object.values(ABUSE).flatMap((kind) => kind.faults);
        assert.equal(new Set(faults).size, faults.length);
        for (const name of Object.keys(ABUSE) as AbuseName[]) for (const fault of ABUSE[name].faults) assert.equal(abuseOf(fault), name);
    });
});
