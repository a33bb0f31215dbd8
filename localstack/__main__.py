from localstack.cli import main

main()
