/** Tokens as an issuer signs them, and how wrk sends them. */
import { sign, type KeyObject } from "node:crypto";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { ISSUER } from "./works";

/** More than any cache of verified tokens keeps. */
const MANY = 60_000;

/** A script for wrk: each request bears the next token. */
export function tokenScript(folder: string, key: KeyObject, count: "one" | "many"): string {
    const tokens = Array.from({ length: count === "one" ? 1 : MANY }, (_, at) => token(key, at));
    const list = path.join(folder, `tokens-${count}.txt`);
    writeFileSync(list, tokens.join("\n"));
    const file = path.join(folder, `tokens-${count}.lua`);
    writeFileSync(
        file,
        `
local tokens = {}
for line in io.lines("${list}") do tokens[#tokens + 1] = "Bearer " .. line end
local at = 0
request = function()
    at = at % #tokens + 1
    wrk.headers["Authorization"] = tokens[at]
    return wrk.format()
end
`,
    );
    return file;
}

function token(key: KeyObject, at: number): string {
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const now = Math.floor(Date.now() / 1000);
    const body = `${part({ alg: "ES256", kid: "bench" })}.${part({ iss: ISSUER, sub: `user-${at}`, iat: now, exp: now + 3_600 })}`;
    return `${body}.${sign("sha256", Buffer.from(body), { key, dsaEncoding: "ieee-p1363" }).toString("base64url")}`;
}
