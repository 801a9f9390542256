/** `gatehouse sample`: one of the small backends as a process, as `up` starts it. */
import { Command } from "commander";
import { tellParent, whenParentGoes } from "../child-messages";
import { CommandError, EXIT } from "../exit";

async function serve(name: string, done: (code: number) => void): Promise<void> {
    const { SAMPLES, startSample } = require("../../samples") as typeof import("../../samples"); // oxlint-disable-line typescript/no-require-imports -- loaded when it is to run
    if (!Object.hasOwn(SAMPLES, name))
        throw new CommandError(EXIT.usage, `there is no sample ${JSON.stringify(name)}; there are ${Object.keys(SAMPLES).join(", ")}`);
    const sample = await startSample(name, process.env).catch((error: Error) => {
        throw new CommandError(EXIT.unable, `sample ${name}: ${error.message}`);
    });
    const end = (): void => void sample.close().then(() => done(EXIT.ok));
    process.once("SIGTERM", end);
    // Ctrl-C reaches the whole group of a terminal; a child leaves the order of the ending to its parent.
    process.on("SIGINT", process.channel ? () => undefined : end);
    whenParentGoes(end);
    if (process.channel) tellParent({ type: "sample-ready", port: sample.port });
    else process.stdout.write(`${JSON.stringify({ sample: name, address: sample.address, port: sample.port })}\n`);
}

export function sampleCommand(done: (code: number) => void): Command {
    return new Command("sample")
        .description("run one of the sample backends; PORT and HOST say where it listens")
        .argument("<name>", "which one")
        .action((name: string) => serve(name, done));
}
