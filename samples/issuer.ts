/** An issuer of tokens: /token?sub=NAME&group=GROUP gives one, signed with the key that is mounted beside it (RFC 7519, ES256). */
import { createPrivateKey, sign, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { mountedFile, pathOf, type Sample, type SampleEnvironment } from "./sample";

const KEY_FILE = "/etc/tls/tls.key";
const LIFETIME_S = 3600;

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function token(key: KeyObject, issuer: string, query: URLSearchParams): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
        iss: issuer,
        sub: query.get("sub") ?? "alice",
        aud: query.getAll("aud"),
        groups: query.getAll("group"),
        iat: now,
        exp: now + LIFETIME_S,
    };
    const signed = `${part({ alg: "ES256", typ: "JWT" })}.${part(claims)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}

export const issuer: Sample = {
    summary: "HTTP: /token?sub=NAME&group=GROUP gives a token, signed with /etc/tls/tls.key",
    paths: ["/token?sub=alice&group=staff"],
    create(environment: SampleEnvironment) {
        const key = createPrivateKey(readFileSync(mountedFile(environment, KEY_FILE)));
        const name = environment["ISSUER"] ?? "https://issuer.istioinaction.io";
        return createServer((request, response) => {
            if (pathOf(request.url) !== "/token") response.writeHead(404).end();
            else
                response
                    .writeHead(200, { "content-type": "application/jwt" })
                    .end(`${token(key, name, new URLSearchParams((request.url ?? "").split("?", 2)[1]))}\n`);
        });
    },
};
