/** Who waits for a password's verdict, and how many may. */
import assert from "node:assert/strict";
import bcrypt from "bcryptjs";
import { describe, it } from "mocha";
import { Passwords, type Overload } from "../../../proxy/passwords";
import { eventually } from "../../support/eventually";

const HASH = bcrypt.hashSync("good", 6);

class Rig {
    readonly passwords = new Passwords();
    readonly said: string[] = [];

    verify(password: string, client = "a"): (() => void) | Overload {
        const bytes = Buffer.from(password);
        return this.passwords.verify(
            this.passwords.keyOf(HASH, bytes),
            HASH,
            bytes,
            client,
            (fits) => void this.said.push(`${password} ${fits}`),
        );
    }
    known(password: string): boolean | undefined {
        return this.passwords.known(this.passwords.keyOf(HASH, Buffer.from(password)));
    }
}

describe("passwords that wait", () => {
    it("are verified one after the other, the same one once for all that ask", async () => {
        const rig = new Rig();
        for (const one of ["bad", "good", "bad", "good"]) rig.verify(one);
        await eventually(() => assert.equal(rig.said.length, 4));
        assert.deepEqual(rig.said, ["bad false", "bad false", "good true", "good true"]);
        assert.deepEqual(
            ["good", "bad", "other"].map((one) => rig.known(one)),
            [true, false, undefined],
        );
    });

    it("are so many of one client, who keeps no other out; and so many in all", async () => {
        const rig = new Rig();
        const refused: (Overload | undefined)[] = [];
        for (let at = 0; at < 10; at++) {
            const waiting = rig.verify(`flood ${at}`, "flooder");
            refused.push(typeof waiting === "string" ? waiting : undefined);
        }
        assert.deepEqual(refused, [...new Array<undefined>(8).fill(undefined), "client", "client"]);
        assert.equal(typeof rig.verify("good", "other"), "function");
        const clients = Array.from({ length: 300 }, (_none, at) => rig.verify("p", `c${at}`));
        assert.equal(clients.filter((one) => one === "all").length, 0, "the same password of all of them is one");
        const others = Array.from({ length: 300 }, (_none, at) => rig.verify(`p${at}`, `c${at}`));
        assert.ok(others.filter((one) => one === "all").length > 40);
        for (const one of [...clients, ...others]) if (typeof one === "function") one();
        await eventually(() => assert.ok(rig.said.includes("good true")));
    });

    it("are given up where nobody wants to know any more, and make room", () => {
        const rig = new Rig();
        const waiting = Array.from({ length: 8 }, (_none, at) => rig.verify(`p${at}`));
        assert.equal(rig.verify("one more"), "client");
        (waiting[7] as () => void)();
        assert.equal(typeof rig.verify("one more"), "function");
    });

    it("wait for nobody whose thread has died, and the next starts another", async () => {
        const rig = new Rig();
        const bytes = Buffer.from("x");
        // What no hash is ends the thread.
        const odd = undefined as unknown as string;
        rig.passwords.verify("odd", odd, bytes, "a", (fits) => void rig.said.push(`odd ${fits}`));
        rig.verify("good", "b");
        await eventually(() => assert.deepEqual(rig.said, ["odd undefined", "good undefined"]));
        rig.verify("good", "b");
        await eventually(() => assert.equal(rig.said.at(-1), "good true"));
    });
});
