"""A program that waits for a thread of _beginthread by the handle it was given.

The runtime closes that handle when the thread ends.  A thread that is quicker than its creator leaves a number
behind that means nothing, or something else: the wait fails at once, or waits for a stranger.

finding: use-after-close, warning
happens on: all
found within: 3
story: 1 preemption, 2 switches
source: Q132078
"""


def scenario(system):
    def main(api):
        def work():
            pass

        thread = api.crt._beginthread(work)
        api.kernel32.WaitForSingleObject(thread)

    system.machine().process("program").thread(main)
