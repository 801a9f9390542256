/** What a shell completes: the commands, their options and arguments, read from the commands themselves. */
import type { Argument, Command, Option } from "commander";

/** What may stand in a place: `words` are all there are; files or folders of the machine; or what nobody can guess. */
export type Candidates = { readonly words: readonly string[] } | "files" | "folders" | "none";

export interface CompletedOption {
    /** `--output`, `-o`. */
    readonly flags: readonly string[];
    readonly description: string;
    /** Undefined: it takes no value. */
    readonly value: Candidates | undefined;
}

export interface CompletedCommand {
    /** Its own name first. */
    readonly names: readonly string[];
    readonly description: string;
    readonly options: readonly CompletedOption[];
    /** By place; the last stands for all that follow, where `variadic` is set. */
    readonly arguments: readonly Candidates[];
    readonly variadic: boolean;
    /** One of these follows; none: the command is whole. */
    readonly commands: readonly CompletedCommand[];
}

const FILES = new Set(["file", "target", "targets", "path"]);
const FOLDERS = new Set(["dir", "stack", "stacks"]);

/** By the choices, else by the name that the help gives it: `<dir>`, `[stacks...]`. */
function candidatesOf(name: string, choices: readonly string[] | undefined): Candidates {
    if (choices) return { words: choices };
    return FILES.has(name) ? "files" : FOLDERS.has(name) ? "folders" : "none";
}

function optionOf(option: Option): CompletedOption {
    const name = /[<[]([\w-]+)/.exec(option.flags)?.[1] ?? "";
    return {
        flags: [option.short, option.long].filter((one) => one !== undefined),
        description: option.description,
        value: option.required || option.optional ? candidatesOf(name, option.argChoices) : undefined,
    };
}

const HELP: CompletedOption = { flags: ["-h", "--help"], description: "display help for command", value: undefined };

function commandOf(command: Command): CompletedCommand {
    const given: readonly Argument[] = command.registeredArguments;
    return {
        names: [command.name(), ...command.aliases()],
        description: command.description(),
        options: [...command.options.filter(({ hidden }) => !hidden).map(optionOf), HELP],
        arguments: given.map((one) => candidatesOf(one.name(), one.argChoices)),
        variadic: given.at(-1)?.variadic ?? false,
        commands: completedCommands(command),
    };
}

/** Of a program, or of a command that has commands of its own: what its help lists. */
export function completedCommands(program: Command): CompletedCommand[] {
    const visible = new Set(program.createHelp().visibleCommands(program));
    return program.commands.filter((one) => visible.has(one)).map(commandOf);
}

/** A command with those that it stands below, whose names a line may have. */
export interface PlacedCommand extends CompletedCommand {
    /** `pc listeners`, `pc l`: every way to write it. */
    readonly lines: readonly string[];
}

/** All commands, one after the other. */
export function placedCommands(commands: readonly CompletedCommand[], above: readonly string[] = [""]): PlacedCommand[] {
    return commands.flatMap((one) => {
        const lines = above.flatMap((before) => one.names.map((name) => `${before}${name}`));
        const inner = placedCommands(
            one.commands,
            lines.map((line) => `${line} `),
        );
        return [{ ...one, lines }, ...inner];
    });
}

/** Its short names are for people who know them. */
export function commandNames(commands: readonly CompletedCommand[]): string[] {
    return commands.flatMap(({ names }) => names.slice(0, 1));
}
