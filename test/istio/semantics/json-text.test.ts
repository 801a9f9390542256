/** JSON in annotations and ConfigMaps that nobody means well with. */
import assert from "node:assert/strict";
import { describe, it } from "mocha";
import {
    EDGE_SETTING_NAMES,
    EDGE_SETTINGS,
    readErrorPages,
    readGatewayOptions,
    readHealthCheck,
    readHostLimits,
    readRateLimits,
    readRedirectText,
    readSetting,
    type ReadSetting,
} from "../../../istio/semantics";

const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);

/** Each reader, and where a value stands that its fault would show. */
const READERS: readonly (readonly [name: string, read: (text: string) => object, around: (value: string) => string])[] = [
    ...EDGE_SETTING_NAMES.map((name) => {
        const around = {
            compression: (value: string) => `{"minLength":${value}}`,
            maintenance: (value: string) => `{"status":${value}}`,
            redirects: (value: string) => `[{"from":${value},"to":"/x"}]`,
            securityHeaders: (value: string) => `{"referrerPolicy":${value}}`,
        }[name];
        return [name, (text: string): ReadSetting<unknown> => EDGE_SETTINGS[name].read(text), around] as const;
    }),
    ["a table of redirects", (text) => readRedirectText(text, "json"), (value) => `[{"from":${value},"to":"/x"}]`],
    ["error pages", readErrorPages, (value) => `[{"of":${value},"statuses":["404"],"text":"x"}]`],
    ["gateway options", readGatewayOptions, (value) => `{"mergeSlashes":${value}}`],
    ["health check", readHealthCheck, (value) => `{"http":{"path":${value}}}`],
    ["host limits", readHostLimits, (value) => `{"maxRequestBody":${value}}`],
    ["rate limits", readRateLimits, (value) => `[{"name":${value}}]`],
];

describe("JSON of settings", () => {
    for (const [name, read, around] of READERS)
        it(`is refused in words where it is nested by the thousand: ${name}`, () => {
            assert.match(JSON.stringify(read(around(nested(100_000)))), /is nested deeper than 64/);
            assert.doesNotMatch(JSON.stringify(read(around(nested(3)))), /is nested deeper/);
        });

    it("may have brackets within texts, and a mark of byte order before it", () => {
        const text = `"${"[{".repeat(100)}\\"${"[".repeat(100)}\\\\"`;
        assert.deepEqual(
            readSetting(text, (value) => value),
            { value: JSON.parse(text) as unknown },
        );
        assert.deepEqual(
            readSetting("\ufefftrue", (value) => value),
            { value: true },
        );
        assert.deepEqual(
            readSetting("{", (value) => value),
            { fault: "it is no JSON" },
        );
    });
});
