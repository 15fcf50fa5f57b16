"""Two threads add one to a counter: each reads it, calls Windows, and writes it."""


def scenario(system):
    counter = [0]

    def increment(api):
        api.kernel32.CreateEvent()
        value = counter[0]
        api.kernel32.CreateEvent()
        counter[0] = value + 1
        api.kernel32.CreateEvent()

    process = system.machine().process("program")
    process.thread(increment)
    process.thread(increment)
