/** HTTP/2 over TLS: which connections it is spoken on (RFC 9113 §9.2). */
import assert from "node:assert/strict";
import { once } from "node:events";
import type tls from "node:tls";
import { afterEach, before, describe, it } from "mocha";
import { serveHttp } from "../../../../proxy/codec";
import { makeAuthority, type TestCertificate } from "../../../support/certificates";
import { Front, httpChain, listenerEntry, secretEntry, terminated } from "../../../support/front";
import { END_STREAM, PREFACE, headers, request, settings } from "./support/raw-frames";
import { RawPeer } from "./support/raw-peer";
import { Asked } from "./support/served";

const INADEQUATE_SECURITY = 12;

describe("HTTP/2 over TLS", () => {
    let certificate: TestCertificate;
    let front: Front;

    before(async () => {
        const ca = await makeAuthority("ca");
        certificate = await ca.issue({ dns: ["a.test"], commonName: "a.test" });
    });
    afterEach(() => front.close());

    async function connect(options: tls.ConnectionOptions): Promise<RawPeer> {
        front = new Front({
            serveHttp: serveHttp({
                handler: (head, end, writer) => {
                    const asked = new Asked(head, end, writer);
                    asked.answer(head.scheme);
                    return asked;
                },
            }),
        });
        await front.start({
            listeners: [listenerEntry("tls")],
            secrets: [secretEntry("a", certificate)],
            chains: [httpChain("A", ["a.test"], terminated("a", { minVersion: "TLSv1", cipherSuites: ["ECDHE-ECDSA-AES128-SHA"] }))],
        });
        const socket = front.tls("a.test", { ALPNProtocols: ["h2"], ...options });
        await once(socket, "secureConnect");
        assert.equal(socket.alpnProtocol, "h2");
        const peer = new RawPeer(socket, false);
        peer.send(PREFACE, settings(), headers(1, request()));
        return peer;
    }

    it("is spoken over TLS 1.2 and newer, and https whatever the client calls it", async () => {
        const peer = await connect({});
        const answer = await peer.frame(({ id, flags }) => id === 1 && (flags & END_STREAM) !== 0);
        assert.equal(answer!.payload.toString(), "https");
        peer.destroy();
    });

    it("is not spoken over older ones", async () => {
        const peer = await connect({ minVersion: "TLSv1", maxVersion: "TLSv1", ciphers: "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0" });
        assert.equal((await peer.ending()).code, INADEQUATE_SECURITY);
    });
});
