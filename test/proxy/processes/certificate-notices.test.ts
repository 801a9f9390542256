/** What the process log says of certificates that change while they are served. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { Logger } from "pino";
import { CertificateNotices } from "../../../proxy/processes/certificate-notices";
import type { SecretEntry } from "../../../proxy/tables";
import { makeSelfSigned } from "../../support/certificates";
import { secretEntry } from "../../support/front";

describe("a certificate that changes", () => {
    it("is told with its serial and its last day, and what all begin with is not", async () => {
        const lines: [more: Record<string, unknown>, what: string][] = [];
        const notices = new CertificateNotices({
            info: (more: Record<string, unknown>, what: string) => void lines.push([more, what]),
        } as unknown as Logger);
        const [one, two] = [await makeSelfSigned({ dns: ["a.test"] }), await makeSelfSigned({ dns: ["a.test", "b.test"] })];
        const sent = (full: boolean, ...secrets: SecretEntry[]): void => notices.changed({ full, set: { secrets }, remove: {} });
        sent(true, secretEntry("x", one));
        sent(false, secretEntry("x", one));
        assert.deepEqual(lines, []);
        sent(false, secretEntry("x", two));
        sent(false, secretEntry("y", one));
        const told = (secret: string, pem: string, names: string[]): object => {
            const { serialNumber: serial, validToDate } = new X509Certificate(pem);
            return { secret, serial, notAfter: validToDate.toISOString(), names };
        };
        assert.deepEqual(lines.splice(0), [
            [told("x", two.cert, ["a.test", "b.test"]), "certificate replaced"],
            [told("y", one.cert, ["a.test"]), "certificate added"],
        ]);
        sent(false, ...Array.from({ length: 50 }, (_none, at) => secretEntry(`z${at}`, one)));
        assert.equal(lines.length, 21);
        assert.deepEqual(lines.at(-1), [{ certificates: 30 }, "more certificates added or replaced"]);
        assert.doesNotMatch(JSON.stringify(lines), /PRIVATE KEY/);
        sent(false, { ...secretEntry("x", one), certificate: "no PEM" });
        assert.equal(lines.length, 21);
    });
});
