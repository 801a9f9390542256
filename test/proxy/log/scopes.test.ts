/** Each part of the process log has a level of its own, which can be changed while it is written. */
import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { describe, it } from "mocha";
import pino from "pino";
import { LOG_SCOPES, parseLevels, ScopedLog } from "../../../proxy/log/scopes";

describe("the levels of the process log", () => {
    it("are read as istioctl's option, of all parts or of some, in Envoy's words and pino's", () => {
        assert.deepEqual(parseLevels("upstream:debug, config:OFF"), { upstream: "debug", config: "off" });
        assert.deepEqual(parseLevels("warn"), Object.fromEntries(LOG_SCOPES.map((scope) => [scope, "warning"])));
        assert.deepEqual(parseLevels("info,requests:trace"), {
            ...Object.fromEntries(LOG_SCOPES.map((scope) => [scope, "info"])),
            requests: "trace",
        });
    });

    it("that are none, and parts that there are not, are said with what there is", () => {
        assert.match(String(parseLevels("loud")), /"loud" is no level; wanted one of trace, debug, info, warning/);
        assert.match(String(parseLevels("")), /"" is no level/);
        assert.match(String(parseLevels("http:debug")), /"http" is no part of the log; wanted one of config, listeners/);
        assert.match(String(parseLevels("upstream:debug:x")), /is no part/);
        assert.match(String(parseLevels("constructor:toString")), /is no level/);
    });

    it("hold for what is written from then on, and go back to what they were", () => {
        const told: string[] = [];
        const sink = new Writable({
            write: (chunk: Buffer, _encoding, done) => {
                told.push((JSON.parse(chunk.toString()) as { msg: string }).msg);
                done();
            },
        });
        const log = new ScopedLog(pino(sink));
        const say = (text: string): void => {
            log.of("upstream").debug(`upstream ${text}`);
            log.of("config").info(`config ${text}`);
        };
        say("1");
        log.set({ upstream: "debug", config: "error" });
        assert.deepEqual([log.levels.upstream, log.levels.config, log.levels.proxy], ["debug", "error", "info"]);
        say("2");
        log.set(log.first);
        say("3");
        assert.deepEqual(told, ["config 1", "upstream 2", "config 3"]);
    });
});
