"""Files are the real ones, under an overlay that is gone with the run."""

from shim_runs import lines, program, run

from notsock.shim.disk import Disk


def test_real_files_are_read_and_never_written(tmp_path):
    real = tmp_path / "real.txt"
    real.write_text("one\ntwo\n")
    source = f"""
        import os, pathlib, tempfile
        where = {str(tmp_path)!r}
        name = where + "/real.txt"
        print(open(name).readlines(), os.path.getsize(name), pathlib.Path(name).read_bytes())
        with open(name, "a") as file: file.write("three\\n")
        with open(name, "r+b") as file: file.write(b"ONE"); file.seek(0, 2); print(file.tell())
        print(open(name).read().split(), os.listdir(where))
        os.rename(name, where + "/moved"); os.mkdir(where + "/new"); open(where + "/new/inner", "w").close()
        print(os.listdir(where), os.path.exists(name), os.listdir(where + "/new"), os.path.isdir(where + "/new"))
        os.remove(where + "/new/inner"); os.rmdir(where + "/new"); os.remove(where + "/moved")
        print([entry.name for entry in os.scandir(where)])
        with tempfile.TemporaryDirectory() as made: print(os.path.isdir(made))
        print(os.path.exists(made), open(os.devnull, "w").write("gone"))
        """
    wanted = [
        "['one\\n', 'two\\n'] 8 b'one\\ntwo\\n'", "15", "['ONE', 'two', 'three'] ['real.txt']",
        "['moved', 'new'] False ['inner'] True", "[]", "True", "False 4",
    ]  # fmt: skip
    again = program(source)
    for _ in range(2):
        said = run(again)
        assert (said.errors, said.lines) == ("", wanted)
    assert real.read_text() == "one\ntwo\n"
    assert [path.name for path in tmp_path.iterdir()] == ["real.txt"]


def test_errors_about_files_are_windows_own(tmp_path):
    assert lines(
        f"""
        import os
        where = {str(tmp_path)!r}
        for call in (
            lambda: os.stat(where + "/none"), lambda: os.remove(where + "/none"), lambda: os.mkdir(where),
            lambda: os.listdir(where + "/none"), lambda: open(where), lambda: open(where + "/none/x", "w"),
            lambda: os.open(where + "/none", os.O_RDONLY), lambda: open(where + "/a", "x") and open(where + "/a", "x"),
        ):
            try: call()
            except OSError as error: print(type(error).__name__, error.winerror, error.errno)
        """
    ) == [
        "FileNotFoundError 2 2", "FileNotFoundError 2 2", "FileExistsError 183 17", "FileNotFoundError 2 2",
        "PermissionError None 13", "FileNotFoundError None 2", "FileNotFoundError None 2", "FileExistsError None 17",
    ]  # fmt: skip


def test_backslashes_and_a_drive_are_understood(tmp_path):
    (tmp_path / "a.txt").write_text("found")
    windows = "C:" + str(tmp_path / "a.txt").replace("/", "\\")
    assert lines(f"print(open({windows!r}).read())") == ["found"]


def test_processes_of_a_machine_share_its_disk(tmp_path):
    writer = f"open({str(tmp_path / 'note')!r}, 'w').write('left here')"
    reader = f"import time\ntime.sleep(1)\nprint(open({str(tmp_path / 'note')!r}).read())"
    assert run(writer, reader).lines == ["left here"]


def test_a_file_has_a_descriptor_and_a_handle(tmp_path):
    (tmp_path / "a").write_text("text")
    assert lines(
        f"""
        import msvcrt, os, socket
        file = open({str(tmp_path / "a")!r}, "rb", buffering=0)
        handle = msvcrt.get_osfhandle(file.fileno())
        file.close()
        print(file.name[-1], file.closed, socket.socket().fileno() == handle)
        fd = os.open({str(tmp_path / "a")!r}, os.O_RDONLY | os.O_BINARY)
        print(os.read(fd, 2), os.lseek(fd, 0, 1), os.fstat(fd).st_size, os.close(fd))
        """
    ) == ["a True True", "b'te' 2 4 None"]


def test_a_disk_alone(tmp_path):
    disk = Disk()
    assert disk.open(str(tmp_path / "x"), 0) == 2
    made = disk.open(str(tmp_path / "x"), 0x102)
    assert made.write(3, b"abc") == 3
    assert made.read(0, 10) == b"\0\0\0abc"
    made.truncate(1)
    assert (made.size(), disk.names(str(tmp_path))) == (1, ["x"])
    assert list(tmp_path.iterdir()) == []
