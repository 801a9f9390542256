/** Completion for zsh, by its own `_arguments`, which shows what each option is for. */
import type { Candidates, CompletedCommand, CompletedOption } from "./model";

/** Inside of single quotes, and of a specification of `_arguments`, where brackets and colons part it. */
const escaped = (text: string): string => text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");

function action(candidates: Candidates): string {
    if (candidates === "none") return " ";
    if (candidates === "files") return "_files";
    if (candidates === "folders") return "_files -/";
    return `(${candidates.words.map(escaped).join(" ")})`;
}

function optionSpec({ flags, description, value }: CompletedOption): string {
    const group = flags.length > 1 ? `'(${flags.join(" ")})'{${flags.join(",")}}` : flags[0]!;
    return `${group}'[${escaped(description)}]${value === undefined ? "" : `:value:${action(value)}`}'`;
}

function commandCase({ names, options, arguments: places, variadic }: CompletedCommand): string {
    const positions = places.map(
        (candidates, index) => `'${variadic && index === places.length - 1 ? "*" : index + 1}:argument:${action(candidates)}'`,
    );
    return `        ${names.join("|")}) _arguments ${[...options.map(optionSpec), ...positions].join(" \\\n            ")} ;;`;
}

export function zshCompletion(commands: readonly CompletedCommand[]): string {
    const listed = commands.flatMap(({ names, description }) => names.map((name) => `'${name}:${escaped(description)}'`));
    return `#compdef gatehouse
# Completion of gatehouse for zsh. Load it with: source <(gatehouse completion zsh)
_gatehouse() {
    local -a commands=(
        ${listed.join("\n        ")}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    case $command in
${commands.map(commandCase).join("\n")}
    esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _gatehouse "$@"; else compdef _gatehouse gatehouse; fi`;
}
