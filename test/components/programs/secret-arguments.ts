/**
 * Gives every argument of every component a secret that is wrong, and a key in clear, and prints what is said of each as JSON. In a process of
 * its own: a program that was refused hundreds of times leaves much behind that the next one would hear of.
 */
import * as pulumi from "@pulumi/pulumi";
import * as gatehouse from "pulumi-gatehouse";
import { EngineError, secretsInClear } from "pulumi-gatehouse/testing";
import { makeAuthority } from "../../support/certificates";
import { argumentCases, WRONG_VALUES, type ArgumentCase } from "../support/argument-cases";
import { evaluated } from "../support/evaluation";
import { variants } from "../support/leaves";

/** Each argument has this many of them in turn; a longer run tries all. */
const ROUNDS = Number(process.env["ROUNDS"] ?? 1);

/** Every refusal, whether or not a program lives to be told of it: it ends with the first. */
function collectRefusals(): { readonly said: string[]; stop(): void } {
    const said: string[] = [];
    class Heard extends pulumi.InputPropertiesError {
        constructor(told: ConstructorParameters<typeof pulumi.InputPropertiesError>[0]) {
            super(told);
            said.push(...told.message.split("\n"), JSON.stringify(told.errors));
        }
    }
    Object.setPrototypeOf(gatehouse.ArgumentsError, Heard);
    return { said, stop: () => void Object.setPrototypeOf(gatehouse.ArgumentsError, pulumi.InputPropertiesError) };
}

/** Everything that a program which makes all of these is answered with. */
async function answers(makers: readonly (() => unknown)[]): Promise<string[]> {
    const { said, stop } = collectRefusals();
    try {
        const made = await evaluated(
            () => {
                for (const make of makers) {
                    try {
                        make();
                    } catch (error) {
                        said.push(String(error));
                    }
                }
            },
            { onLog: ({ message }) => said.push(message) },
        );
        said.push(JSON.stringify(made.findings), JSON.stringify(secretsInClear(made)));
    } catch (error) {
        if (!(error instanceof EngineError)) throw error;
        said.push(error.message, JSON.stringify(error.findings));
    } finally {
        stop();
    }
    return said;
}

/** What is said when each argument in turn has one of these values. */
async function toldOf({ args, make }: ArgumentCase, valueOf: () => unknown): Promise<string[]> {
    const some = variants(args, valueOf);
    return answers(
        some.map(
            ({ args: changed }, index) =>
                () =>
                    make(`c${index}`, changed as never),
        ),
    );
}

async function main(): Promise<void> {
    const authority = await makeAuthority();
    const pems = await authority.issue({ dns: ["a.example.com", "*.b.example.com"] });
    const told: Record<string, string[]> = {};
    const ofKeys: Record<string, string[]> = {};
    for (const one of argumentCases(pems, authority)) {
        for (let round = 0; round < ROUNDS; round += 1) {
            let turn = round;
            (told[one.name] ??= []).push(...(await toldOf(one, () => pulumi.secret(WRONG_VALUES[turn++ % WRONG_VALUES.length]))));
        }
        // A key that was pasted into the wrong argument, and that nobody marked.
        ofKeys[one.name] = [...(await toldOf(one, () => pems.key)), ...(await toldOf(one, () => ({ inside: [pems.key] })))];
    }
    process.stdout.write(JSON.stringify({ told, ofKeys }), () => process.exit(0));
}

void main();
