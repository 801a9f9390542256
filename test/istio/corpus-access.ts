/** Values of AuthorizationPolicies and RequestAuthentications at the borders of what Istio takes. */
import type { Case } from "./case";

const authorization = (title: string, spec: object): Case => ({ title, kind: "AuthorizationPolicy", spec });
const from = (source: object, more: object = {}): object => ({ ...more, rules: [{ from: [{ source }] }] });
const to = (operation: object, more: object = {}): object => ({ ...more, rules: [{ to: [{ operation }] }] });
const when = (key: string, lists: object, more: object = {}): object => ({ ...more, rules: [{ when: [{ key, ...lists }] }] });
const CUSTOM = { action: "CUSTOM", provider: { name: "x" } };
const ISSUER = { issuer: "https://a.example.com" };
const jwt = (title: string, ...jwtRules: readonly object[]): Case => ({ title, kind: "RequestAuthentication", spec: { jwtRules } });
const times = <T>(count: number, make: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

const BLOCKS = [
    "10.0.0.0/33",
    "010.0.0.0/8",
    "10.0.0.1/08",
    "::ffff:10.0.0.0/104",
    "fe80::1%eth0",
    "fe80::%1/64",
    "2001:db8::/129",
    "10.0.0.0/+8",
    "10.0.0.0/-1",
    " 10.0.0.1",
    "0.0.0.0/0",
    "::/0",
    "::ffff:1.2.3.4/33",
];
const PATHS = [
    "/{**}",
    "/a/{**}",
    "/{**}/a",
    "{**}",
    "a/{*}",
    "/{*}/",
    "//{*}",
    "/{*}//b",
    "/a b/{*}",
    "/%41/{*}",
    "/a/{*}?x",
    "/{*}/{*}/{**}",
    "/a/{**}/",
    "/{*}*",
    "*{*}",
    "/a/{*}*",
    "*/{**}",
    "/é/{*}",
    "/{**}{*}",
    "/{ *}",
    "/}",
    "/a{b}",
    "/é",
    "/a b",
    "/a?b",
    "//",
];
const KEYS = [
    "request.headers[a]b]",
    "request.headers[[a]]",
    "request.headersX[a]",
    "request.headers[a",
    "request.headers[:authority]",
    "request.headers[ ]",
    "request.auth.claims",
    "request.auth.claimsx[a]",
    "request.auth.claims[a][",
    "request.auth.claims[a]x",
    "request.auth.claims[[a]]",
    "request.auth.claims[a][b][c]",
    "source.IP",
    " source.ip",
    "connection.SNI",
    "destination.Port",
    "experimental.envoy.filters.x",
    "experimental.envoy.filters.[x]",
    "experimental.envoy.filters.a[b]c",
    "destination.labels[x]",
];
const PORTS = ["+80", "00080", "1e3", "80 ", "*"];
const ACCOUNTS = ["*", "a/*", "ns/a b", "ns//a"];

const AUTHORIZATIONS: readonly Case[] = [
    ...BLOCKS.flatMap((block) => [
        authorization(`a block ${block}`, from({ ipBlocks: [block] })),
        authorization(`a block not to come from ${block}`, from({ notRemoteIpBlocks: [block] })),
        authorization(`a condition on the block ${block}`, when("remote.ip", { values: [block] })),
    ]),
    ...PATHS.flatMap((path) => [
        authorization(`a path of ${path}`, to({ paths: [path] })),
        authorization(`a path other than ${path}`, to({ notPaths: [path] }, { action: "DENY" })),
    ]),
    ...KEYS.flatMap((key) => [
        authorization(`the attribute ${key}`, when(key, { values: ["a"] })),
        authorization(`the attribute ${key} that is not`, when(key, { notValues: ["a"] })),
    ]),
    ...["*", "*.a", "a:*", "a b", "http://a/", "**"].map((host) => authorization(`a host of ${host}`, to({ hosts: [host] }))),
    ...["get", "G ET", "*"].map((method) => authorization(`a method of ${method}`, to({ methods: [method] }))),
    ...PORTS.flatMap((port) => [
        authorization(`a port of ${port}`, to({ ports: [port] })),
        authorization(`a condition on the port ${port}`, when("destination.port", { notValues: [port] })),
    ]),
    ...ACCOUNTS.flatMap((account) => [
        authorization(`an account other than ${account}`, from({ notServiceAccounts: [account] })),
        authorization(`a condition on the account ${account}`, when("source.serviceAccount", { values: [account] })),
    ]),
    authorization("600 principals", from({ principals: times(600, () => "a") })),
    authorization("513 rules", { rules: times(513, () => ({})) }),
    authorization("17 accounts", from({ serviceAccounts: times(17, () => "a") })),
    authorization("an account of 321 letters", from({ serviceAccounts: ["a".repeat(321)] })),
    authorization("accounts and principals in two sources", {
        rules: [{ from: [{ source: { serviceAccounts: ["a"] } }, { source: { principals: ["a"] } }] }],
    }),
    authorization("accounts beside trust domains", from({ serviceAccounts: ["a"], trustDomains: ["a"] })),
    authorization("accounts and namespaces that are not", from({ notServiceAccounts: ["a"], notNamespaces: ["a"] })),
    authorization("a provider with a slash in its name", { action: "CUSTOM", provider: { name: "a/b" }, rules: [{}] }),
    ...["remote.ip", "connection.sni", "request.headers[a]", "request.auth.audiences", "request.auth.presenter", "source.trustDomain"].map(
        (key) => authorization(`CUSTOM by the condition ${key}`, when(key, { values: ["10.0.0.1"] }, CUSTOM)),
    ),
];

const URIS = [
    "https://a b/c",
    "HTTPS://a/b",
    "https:/a",
    "https:///k",
    "https://a:99999/",
    "https://a:b/",
    "https://u:p@a/k",
    "https://a/%zz",
    "http://",
    "https://a#f",
    "//a/b",
    "https://é.example.com",
    "https://a..b/",
    "unix:///a",
];
const RSA = '{"kty":"RSA","n":"AQAB","e":"AQAB"}';
const KEY_SETS = [
    '{"keys":null}',
    '{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}',
    '{"keys":[{"kty":"EC","crv":"P-999","x":"AA","y":"AA"}]}',
    '{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AA"}]}',
    '{"keys":[{"kty":"OKP","crv":"X25519","x":"AA"}]}',
    '{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","alg":"none"}]}',
    '{"keys":[{"kty":"RSA","n":"AQAB","e":"AQAB","use":5}]}',
    '{"keys":[{"kty":"rsa","n":"AQAB","e":"AQAB"}]}',
    '{"keys":[{"kty":"RSA","n":"!!","e":"AQAB"}]}',
    '{"keys":[{"kty":"RSA","n":"","e":""}]}',
    '{"keys":[{"kty":"XX"}]}',
    '{"keys":[null]}',
    '{"keys":"x"}',
    `{"keys":[${RSA}],"keys":[]}`,
    '{"Keys":[]}',
    " ",
    "null",
    '""',
];
const TIMEOUTS = ["-1s", "1ms", "1h", "0.5ms", "1us", "10000h", "x", "5"];

const AUTHENTICATIONS: readonly Case[] = [
    ...URIS.map((uri) => jwt(`keys to be had at ${uri}`, { ...ISSUER, jwksUri: uri })),
    ...KEY_SETS.map((jwks) => jwt(`the key set ${jwks}`, { ...ISSUER, jwks })),
    ...TIMEOUTS.map((timeout) => jwt(`a timeout of ${timeout}`, { ...ISSUER, timeout })),
    jwt("an issuer with a blank", { issuer: "a b" }),
    jwt("an issuer twice", ISSUER, ISSUER),
    jwt("a header with a blank in its name", { ...ISSUER, fromHeaders: [{ name: "x a" }] }),
    jwt("a header with a prefix of blanks", { ...ISSUER, fromHeaders: [{ name: "x", prefix: "A b " }] }),
    jwt("a parameter with a blank", { ...ISSUER, fromParams: ["a b", "a"] }),
    jwt("a parameter twice", { ...ISSUER, fromParams: ["a", "a"] }),
    jwt("a cookie with a sign in its name", { ...ISSUER, fromCookies: ["a=b"] }),
    jwt("a payload to a header with a blank", { ...ISSUER, outputPayloadToHeader: "x a" }),
    jwt("a payload to no header", { ...ISSUER, outputPayloadToHeader: "" }),
    jwt("a claim to a header with a colon", { ...ISSUER, outputClaimToHeaders: [{ header: "x:a", claim: "b" }] }),
    jwt("a claim within a claim to a header", { ...ISSUER, outputClaimToHeaders: [{ header: "x-a", claim: "b.c" }] }),
    jwt("a claim without a header", { ...ISSUER, outputClaimToHeaders: [{ claim: "b" }] }),
    jwt("no claims to headers", { ...ISSUER, outputClaimToHeaders: [] }),
    jwt("a claim of words without a name", { ...ISSUER, spaceDelimitedClaims: [""] }),
    jwt("a claim of words", { ...ISSUER, spaceDelimitedClaims: ["scope"] }),
    jwt("a claim of words twice", { ...ISSUER, spaceDelimitedClaims: ["scope", "scope"] }),
    jwt("65 claims of words", { ...ISSUER, spaceDelimitedClaims: times(65, (at) => `s${at}`) }),
    jwt("1000 audiences", { ...ISSUER, audiences: times(1000, (at) => `a${at}`) }),
    jwt("4097 issuers", ...times(4097, (at) => ({ issuer: `a${at}` }))),
    jwt("100 issuers", ...times(100, (at) => ({ issuer: `a${at}` }))),
];

export const ACCESS_BORDERS: readonly Case[] = [...AUTHORIZATIONS, ...AUTHENTICATIONS];
