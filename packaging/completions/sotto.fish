# fish completion for sotto
function __sotto_models
    sotto list $argv 2>/dev/null | awk 'NR > 1 { print $1 }'
end

function __sotto_needs_command
    test (count (commandline -opc)) -eq 1
end

function __sotto_command
    set -l words (commandline -opc)
    test (count $words) -gt 1; and contains -- $words[2] $argv
end

complete -c sotto -f
complete -c sotto -n __sotto_needs_command -l help -d 'How to use it'
complete -c sotto -n __sotto_needs_command -l version -d 'Print the version'
complete -c sotto -n __sotto_needs_command -a run -d 'Chat with a model, or have it answer once'
complete -c sotto -n __sotto_needs_command -a pull -d 'Download models'
complete -c sotto -n __sotto_needs_command -a list -d 'The models on this machine'
complete -c sotto -n __sotto_needs_command -a show -d 'What is known about a model'
complete -c sotto -n __sotto_needs_command -a rm -d 'Delete models from this machine'
complete -c sotto -n __sotto_needs_command -a import -d 'Take a GGUF file, or a published folder, as a model'
complete -c sotto -n __sotto_needs_command -a ps -d 'The models that run now'
complete -c sotto -n __sotto_needs_command -a bench -d 'Measure how fast a model runs here'
complete -c sotto -n __sotto_needs_command -a tokenize -d 'Turn text into token ids'
complete -c sotto -n __sotto_needs_command -a embed -d 'Turn texts into vectors'
complete -c sotto -n __sotto_needs_command -a doctor -d 'Look at this machine and say what is wrong'
complete -c sotto -n __sotto_needs_command -a completion -d 'Print the completion for a shell'

complete -c sotto -n '__sotto_command run pull' -a '(__sotto_models --all)'
complete -c sotto -n '__sotto_command show rm bench tokenize embed' -a '(__sotto_models)'
complete -c sotto -n '__sotto_command run show bench tokenize embed import' -a '(__fish_complete_suffix .gguf)'
complete -c sotto -n '__sotto_command completion' -a 'bash zsh fish'

complete -c sotto -n '__sotto_command run' -x -l seed -d 'The same seed gives the same answer'
complete -c sotto -n '__sotto_command run' -x -l temperature -d '0: always the likeliest token'
complete -c sotto -n '__sotto_command run' -x -l top-k -d 'Choose among the likeliest tokens'
complete -c sotto -n '__sotto_command run' -x -l top-p -d 'Choose among the likeliest share'
complete -c sotto -n '__sotto_command run' -x -l min-p -d 'Drop tokens less likely than this'
complete -c sotto -n '__sotto_command run' -x -l typical-p -d 'Keep the tokens nearest to the expected surprise'
complete -c sotto -n '__sotto_command run' -x -l repeat-penalty -d 'Above 1: repeat less'
complete -c sotto -n '__sotto_command run' -x -l repeat-last-n -d 'How far the penalties look back'
complete -c sotto -n '__sotto_command run' -x -l presence-penalty -d 'Against tokens that occurred'
complete -c sotto -n '__sotto_command run' -x -l frequency-penalty -d 'Against tokens that occurred often'
complete -c sotto -n '__sotto_command run' -x -l max-tokens -d 'Longest answer'
complete -c sotto -n '__sotto_command run' -x -l ctx -d 'Tokens a conversation can hold'
complete -c sotto -n '__sotto_command run embed' -x -l threads -d 'Processor threads'
complete -c sotto -n '__sotto_command run' -x -l system -d 'What the model is told first'
complete -c sotto -n '__sotto_command run' -x -l stop -d 'End the answer before this text'
complete -c sotto -n '__sotto_command run' -l raw -d 'Continue the prompt as it is'
complete -c sotto -n '__sotto_command run' -l ignore-eos -d 'Go on when the model would end'
complete -c sotto -n '__sotto_command run' -l no-speculate -d 'Never guess ahead where the text repeats'
complete -c sotto -n '__sotto_command run' -x -l format -a 'text json' -d 'How the answer is printed'
complete -c sotto -n '__sotto_command run' -l verbose -d 'Print figures'
complete -c sotto -n '__sotto_command run' -l eco -d 'Save energy'
complete -c sotto -n '__sotto_command run' -r -F -l session -d 'Go on with the conversation in a file'
complete -c sotto -n '__sotto_command run' -l no-history -d 'Keep nothing of what is typed'
complete -c sotto -n '__sotto_command run bench' -x -l kv -a 'int8 f16' -d 'How keys and values are kept'
complete -c sotto -n '__sotto_command run bench' -l no-packed-cache -d 'Pack the weights in memory'
complete -c sotto -n '__sotto_command list' -l all -d 'Also those that can be pulled'
complete -c sotto -n '__sotto_command list show ps tokenize doctor' -l json -d 'Print JSON'
complete -c sotto -n '__sotto_command show' -l template -d 'Print the chat template'
complete -c sotto -n '__sotto_command show' -l license -d 'Print the licence'
complete -c sotto -n '__sotto_command show' -l metadata -d 'Print the metadata'
complete -c sotto -n '__sotto_command import' -x -l name -d 'What to call the model'
complete -c sotto -n '__sotto_command import' -x -l license -d 'Its licence'
complete -c sotto -n '__sotto_command import' -l link -d 'Share the bytes with the file'
complete -c sotto -n '__sotto_command import' -r -s o -l output -d 'Write a folder to this GGUF file'
complete -c sotto -n '__sotto_command import' -x -l type -a 'f32 f16 bf16' -d 'Type of a folder\'s matrices'
complete -c sotto -n '__sotto_command bench' -x -s m -l model -d 'A name or a file'
complete -c sotto -n '__sotto_command bench' -x -s p -l n-prompt -d 'Tokens of a prompt to read'
complete -c sotto -n '__sotto_command bench' -x -s n -l n-gen -d 'Tokens to write'
complete -c sotto -n '__sotto_command bench' -x -l pg -d 'Read, then write'
complete -c sotto -n '__sotto_command bench' -x -s d -l n-depth -d 'Tokens that stand before'
complete -c sotto -n '__sotto_command bench' -x -s b -l batch-size -d 'Tokens of a prompt a call'
complete -c sotto -n '__sotto_command bench' -x -s t -l threads -d 'Processor threads'
complete -c sotto -n '__sotto_command bench' -x -s r -l repetitions -d 'How often each test runs'
complete -c sotto -n '__sotto_command bench' -l no-warmup -d 'Without a first run'
complete -c sotto -n '__sotto_command bench' -x -s o -l output -a 'md json jsonl' -d 'How results are printed'
complete -c sotto -n '__sotto_command tokenize' -l no-bos -d 'Without the token that begins a text'
complete -c sotto -n '__sotto_command doctor' -l verify -d 'Read every byte of the models'
