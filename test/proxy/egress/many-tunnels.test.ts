/** Tunnels at once that do next to nothing, and tunnels over HTTP/2 while their connection is told to go. */
import assert from "node:assert/strict";
import { once } from "node:events";
import http2 from "node:http2";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import { eventually } from "../../support/eventually";
import type { Outside, Rig } from "./rig";
import { CAN_COUNT, echoing, holdSlowTunnels, proxyTo } from "./slow-tunnels";

let echo: Outside;
let rig: Rig;

before(async () => {
    echo = await echoing();
});
after(() => echo.close());
beforeEach(async () => {
    rig = await proxyTo(echo);
});
afterEach(() => rig.close());

describe("a hundred slow tunnels", () => {
    it("pass what little comes, and give every descriptor back however they end", async function () {
        if (!CAN_COUNT) return void this.skip();
        await holdSlowTunnels(rig, echo, 100);
    });
});

describe("tunnels over HTTP/2 while their connection is told to go", () => {
    async function connected(session: http2.ClientHttp2Session): Promise<http2.ClientHttp2Stream> {
        const stream = session.request({ ":method": "CONNECT", ":authority": "api.example.com:9000" });
        stream.on("error", () => {});
        const [head] = (await once(stream, "response")) as [http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader];
        assert.equal(head[":status"], 200);
        return stream;
    }

    async function echoed(stream: http2.ClientHttp2Stream, text: string): Promise<void> {
        stream.write(text);
        const [data] = (await once(stream, "data")) as [Buffer];
        assert.equal(data.toString(), text);
    }

    it("go on both ways after GOAWAY until they end, and those that do not end are reset at the deadline", async () => {
        const session = http2.connect(`http://127.0.0.1:${rig.port(3128)}`);
        session.on("error", () => {});
        const [first, second] = [await connected(session), await connected(session)];
        const goaway = once(session, "goaway") as Promise<[code: number, last: number]>;
        const over = rig.drain(400);
        const [code] = await goaway;
        assert.equal(code, http2.constants.NGHTTP2_NO_ERROR);
        await echoed(first, "still");
        await echoed(second, "here");
        const ended = once(first, "end");
        const bye = once(first, "data") as Promise<[Buffer]>;
        first.end();
        assert.equal(String((await bye)[0]), "bye");
        await ended;
        await eventually(() => assert.equal(rig.requests.length, 1));
        assert.equal(rig.requests[0]?.flags, "");
        await echoed(second, "alone");
        const closed = new Promise((resolve) => void second.once("close", resolve).resume());
        await Promise.all([closed, over]);
        await eventually(() => assert.equal(rig.runtime.tunnels.size, 0));
        await eventually(() => assert.ok(echo.sockets.every(({ destroyed }) => destroyed)));
        session.destroy();
    });

    it("leave their connection to end by itself as soon as the last of them has ended", async () => {
        const session = http2.connect(`http://127.0.0.1:${rig.port(3128)}`);
        const stream = await connected(session);
        const gone = once(session, "close");
        const since = performance.now();
        const over = rig.drain(20_000);
        await once(session, "goaway");
        await echoed(stream, "still");
        stream.resume().end();
        await Promise.all([gone, over]);
        assert.ok(performance.now() - since < 10_000);
        assert.equal(rig.requests[0]?.flags, "");
    });
});
