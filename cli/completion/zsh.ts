/** Completion for zsh, by its own `_arguments`, which shows what each option is for. */
import { placedCommands, type Candidates, type CompletedCommand, type CompletedOption, type PlacedCommand } from "./model";

/** Inside of single quotes, and of a specification of `_arguments`, where brackets and colons part it. */
const escaped = (text: string): string => text.replace(/[[\]:\\]/g, "\\$&").replaceAll("'", "'\\''");

function action(candidates: Candidates): string {
    if (candidates === "none") return " ";
    if (candidates === "files") return "_files";
    if (candidates === "folders") return "_files -/";
    return `(${candidates.words.map(escaped).join(" ")})`;
}

function optionSpec({ flags, description, value }: CompletedOption): string {
    // A value may stand behind the long name's = too.
    const taken = flags.map((flag) => (value !== undefined && flag.startsWith("--") ? `${flag}=` : flag));
    const group = flags.length > 1 ? `'(${flags.join(" ")})'{${taken.join(",")}}` : taken[0]!;
    return `${group}'[${escaped(description)}]${value === undefined ? "" : `:value:${action(value)}`}'`;
}

const listed = (commands: readonly CompletedCommand[], namesOf: (one: CompletedCommand) => readonly string[]): string[] =>
    commands.flatMap((one) => namesOf(one).map((name) => `'${name}:${escaped(one.description)}'`));

function commandCase({ lines, options, arguments: places, variadic, commands }: PlacedCommand): string {
    const head = `        ${lines.map((line) => line.replaceAll(" ", "\\ ")).join("|")})`;
    if (commands.length > 0)
        return `${head}
            commands=(${listed(commands, ({ names }) => names.slice(0, 1)).join(" ")})
            _arguments ${options.map(optionSpec).join(" ")}
            [[ $words[CURRENT] == -* ]] || _describe command commands ;;`;
    const positions = places.map(
        (candidates, index) => `'${variadic && index === places.length - 1 ? "*" : index + 1}:argument:${action(candidates)}'`,
    );
    return `${head} _arguments ${[...options.map(optionSpec), ...positions].join(" \\\n            ")} ;;`;
}

export function zshCompletion(commands: readonly CompletedCommand[]): string {
    const placed = placedCommands(commands);
    const above = placed.filter((one) => one.commands.length > 0).flatMap(({ lines }) => lines);
    return `#compdef gatehouse
# Completion of gatehouse for zsh. Load it with: source <(gatehouse completion zsh)
_gatehouse() {
    local -a commands=(
        ${listed(commands, ({ names }) => names).join("\n        ")}
    )
    if (( CURRENT == 2 )); then
        _describe command commands
        return
    fi
    local command=$words[2]
    shift words
    (( CURRENT-- ))
    while (( CURRENT > 2 )) && [[ $words[2] != -* ]]; do
        case $command in
            ${above.length === 0 ? "''" : above.map((line) => line.replaceAll(" ", "\\ ")).join("|")}) command="$command $words[2]" ;;
            *) break ;;
        esac
        shift words
        (( CURRENT-- ))
    done
    case $command in
${placed.map(commandCase).join("\n")}
    esac
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then _gatehouse "$@"; else compdef _gatehouse gatehouse; fi`;
}
