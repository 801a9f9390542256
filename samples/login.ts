/**
 * A login service, as those that people put before an application: asked about a request (Istio's `envoyExtAuthzHttp`) it lets in who
 * has its cookie and says who that is, and sends everybody else to /login, which gives the cookie and leads back.
 */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { pathOf, type Sample } from "./sample";

const COOKIE = "session";
const NAME = /^[a-z][a-z0-9-]{0,30}$/;

/** Only paths of the host itself: a login page must lead to nobody else's. */
const isOwnPath = (text: string): boolean => /^\/(?![/\\])[\x21-\x7e]*$/.test(text);

const sign = (key: Buffer, user: string): string => `${user}.${createHmac("sha256", key).update(user).digest("hex")}`;

function userOf(key: Buffer, { headers }: IncomingMessage): string | undefined {
    const given = (headers.cookie ?? "")
        .split(";")
        .map((part) => part.trim())
        .find((part) => part.startsWith(`${COOKIE}=`))
        ?.slice(COOKIE.length + 1);
    const user = given?.split(".", 1)[0] ?? "";
    if (given === undefined || !NAME.test(user)) return undefined;
    const wanted = Buffer.from(sign(key, user));
    const got = Buffer.from(given);
    return got.length === wanted.length && timingSafeEqual(got, wanted) ? user : undefined;
}

function login(key: Buffer, request: IncomingMessage, response: ServerResponse): void {
    const query = new URLSearchParams((request.url ?? "").split("?", 2)[1]);
    const user = query.get("user") ?? "";
    if (!NAME.test(user)) {
        response.writeHead(200, { "content-type": "text/plain" }).end("Who are you? Go to /login?user=NAME\n");
        return;
    }
    const back = query.get("to") ?? "/";
    response.writeHead(302, {
        "set-cookie": `${COOKIE}=${sign(key, user)}; Path=/; HttpOnly; SameSite=Lax`,
        location: isOwnPath(back) ? back : "/",
    });
    response.end();
}

export const loginService: Sample = {
    summary: "HTTP: lets in who has its cookie (ext_authz); /login?user=NAME gives it",
    paths: ["/login?user=alice"],
    create() {
        const key = randomBytes(32);
        return createServer((request, response) => {
            const path = pathOf(request.url);
            if (path === "/login") return login(key, request, response);
            const user = userOf(key, request);
            if (user === undefined) response.writeHead(302, { location: `/login?to=${encodeURIComponent(request.url ?? "/")}` }).end();
            else response.writeHead(200, { "x-user": user }).end();
        });
    },
};
