/** Names and passwords: verified in a thread, remembered, bounded. */
import assert from "node:assert/strict";
import bcrypt from "bcryptjs";
import fc from "fast-check";
import { describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import { Gateway, type Asked } from "./asking";
import { guarded, httpProvider, passwords } from "./external-entries";

const HASH = bcrypt.hashSync("öpen: sesame", 4);
const USERS = [
    ["ann", HASH],
    ["jürgen", bcrypt.hashSync("x", 4)],
] as const;

function gateway(more: Parameters<typeof passwords>[1] = {}): Gateway {
    return new Gateway(guarded([[passwords(USERS, more)]]), "c", "auth");
}

function basic(name: string, password: string): string[] {
    return ["authorization", `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`];
}

async function settled({ response }: Asked, g: Gateway, before = g.cluster().requests.length): Promise<number> {
    await eventually(() => assert.ok(response.status !== 0 || g.cluster().requests.length > before));
    return response.status;
}

async function ask(g: Gateway, headers: string[]): Promise<{ asked: Asked; status: number }> {
    const before = g.cluster().requests.length;
    const asked = g.ask("h/a", { headers });
    return { asked, status: await settled(asked, g, before) };
}

describe("names and passwords", () => {
    it("let pass who has both, whatever the case of the scheme, and pass the header on", async () => {
        const g = gateway();
        const { status } = await ask(g, basic("ann", "öpen: sesame"));
        assert.equal(status, 0);
        assert.equal(g.cluster().last.header("authorization"), basic("ann", "öpen: sesame")[1]);
        const [name = "", value = ""] = basic("jürgen", "x");
        assert.equal((await ask(g, [name, value.replace("Basic", "bASIC")])).status, 0);
        assert.equal(g.cluster().requests.length, 2);
    });

    it("are remembered: the second time nobody waits", async () => {
        const g = gateway();
        const runtime = g.ask("h/a").response;
        assert.equal(runtime.status, 401);
        await ask(g, basic("ann", "öpen: sesame"));
        const before = g.cluster().requests.length;
        g.ask("h/a", { headers: basic("ann", "öpen: sesame") });
        assert.equal(g.cluster().requests.length, before + 1, "within the call");
        assert.equal((await ask(g, basic("ann", "wrong"))).status, 401);
        assert.equal(g.ask("h/a", { headers: basic("ann", "wrong") }).response.status, 401, "within the call");
    });

    it("are asked for with a challenge, in the route's headers", async () => {
        const g = gateway({ realm: 'O"ps \\ ü' });
        const { response, record } = g.ask("h/a");
        assert.deepEqual(
            [response.status, response.body, response.header("www-authenticate"), response.header("x-route")],
            [401, "Unauthorized", 'Basic realm="O\\"ps \\\\ \u00c3\u00bc", charset="UTF-8"', "1"],
        );
        assert.deepEqual([record().flags, record().details], ["UAEX", "basic_auth_denied"]);
    });

    it("let nobody else pass, by whatever is in the header", async () => {
        const g = gateway();
        const value = (text: string): string[] => ["authorization", `Basic ${Buffer.from(text, "latin1").toString("base64")}`];
        for (const headers of [
            basic("ann", "öpen: sesam"),
            basic("ann", ""),
            basic("Ann", "öpen: sesame"),
            basic("bob", "öpen: sesame"),
            basic("", "öpen: sesame"),
            basic("ann\0", "öpen: sesame"),
            basic("ann", "öpen: sesame\0"),
            value("ann"),
            ["authorization", "Basic"],
            ["authorization", "Basic !!!"],
            ["authorization", "Bearer abc"],
            ["authorization", ""],
            [...basic("ann", "öpen: sesame"), ...basic("ann", "öpen: sesame")],
            ["proxy-authorization", basic("ann", "öpen: sesame")[1]!],
        ]) {
            assert.equal((await ask(g, headers)).status, 401, String(headers));
        }
        assert.equal(g.cluster().requests.length, 0);
    });

    it("let nobody pass by any other text", () => {
        const g = gateway();
        fc.assert(
            fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
                g.ask("h/a", { headers: ["authorization", `Basic ${text.replaceAll(/[^\x20-\x7e]/g, "")}`] });
                assert.equal(g.cluster().requests.length, 0);
            }),
            { numRuns: 50 },
        );
    });

    it("tell backends the name where that is asked for, and never what a client says in its place", async () => {
        const g = gateway({ userHeader: "x-forwarded-user" });
        await ask(g, ["x-forwarded-user", "root", ...basic("jürgen", "x"), "x-forwarded-user", "toor"]);
        assert.equal(g.cluster().last.header("x-forwarded-user"), Buffer.from("jürgen").toString("latin1"));
        g.ask("h/a", { headers: ["x-forwarded-user", "root", ...basic("jürgen", "x")] });
        assert.equal(g.cluster().last.header("x-forwarded-user"), Buffer.from("jürgen").toString("latin1"));
    });

    it("count no more once the hash has changed", async () => {
        const g = gateway();
        assert.equal((await ask(g, basic("ann", "öpen: sesame"))).status, 0);
        const changed = new Gateway(guarded([[passwords([["ann", bcrypt.hashSync("later", 4)]])]]), "c");
        assert.equal((await ask(changed, basic("ann", "öpen: sesame"))).status, 401);
        assert.equal((await ask(changed, basic("ann", "later"))).status, 0);
    });

    it("are followed by the next provider's question", async () => {
        const g = new Gateway(guarded([[passwords(USERS)], [httpProvider({ key: "b" })]]), "c", "auth");
        g.ask("h/a", { headers: basic("jürgen", "x") });
        await eventually(() => assert.equal(g.cluster("auth").requests.length, 1));
        g.cluster("auth").last.answer(200);
        assert.equal(g.cluster().requests.length, 1);
    });
});
