"""The wait of wait_for_beginthread.py: for a handle of _beginthreadex, which is open until the program closes it."""


def scenario(system):
    def main(api):
        def work():
            pass

        thread = api.crt._beginthreadex(work)
        api.kernel32.WaitForSingleObject(thread)
        api.kernel32.CloseHandle(thread)

    system.machine().process("program").thread(main)
