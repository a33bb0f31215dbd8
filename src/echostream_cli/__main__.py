from echostream_cli.sandbox.commands import main

main()
