"""C extensions in views: statics of one process are not another's, and what cannot run is refused by name."""

import shutil
from importlib.machinery import EXTENSION_SUFFIXES

import psutil._psutil_linux
from cryptography.hazmat.primitives.asymmetric import ed25519
from shim_runs import program, run

from notsock.shim import policy
from notsock.shim.elf import imported_names
from notsock.shim.python_process import PythonProgram
from notsock.shim.view import View

# Rust code that caches the Python class that it raises, in a static.
SIGNATURES = """
import cryptography.exceptions
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.bindings import _rust
check = hmac.HMAC(b"key" * 8, hashes.SHA256())
check.update(b"text")
try:
    check.verify(bytes(32))
except cryptography.exceptions.InvalidSignature as error:
    print(type(error) is cryptography.exceptions.InvalidSignature, _rust.__file__.endswith("_rust.abi3.so"))
"""


def test_each_process_has_its_own_statics():
    programs = [program(SIGNATURES) for _ in range(3)]
    for _ in range(2):
        said = run(*programs)
        assert said.errors == ""
        assert said.lines == ["True True"] * 3


def test_copies_are_gone_once_they_are_loaded(tmp_path, monkeypatch):
    monkeypatch.setattr("notsock.shim.extensions._directory", [str(tmp_path)])
    said = run(program(SIGNATURES), program(SIGNATURES), program(SIGNATURES))
    assert said.lines == ["True True"] * 3
    assert list(tmp_path.iterdir()) == []


def test_a_fenced_package_can_be_looked_for(tmp_path):
    (tmp_path / "gevent").mkdir()
    (tmp_path / "gevent" / "__init__.py").write_text("raise SystemExit('never executed')")
    main = tmp_path / "main.py"
    main.write_text(
        "import importlib.util\n"
        "print(importlib.util.find_spec('gevent') is not None)\n"
        "try:\n    import gevent.monkey\nexcept ImportError as error:\n    print(error.name, error)\n"
    )
    said = run(PythonProgram(main))
    found, refused = said.lines
    assert found == "True"
    assert refused.startswith("gevent notsock does not run gevent: it replaces sockets and threads with its own; ")


def test_an_extension_that_makes_its_own_sockets_is_refused_though_nobody_named_it(tmp_path):
    shutil.copyfile(psutil._psutil_linux.__file__, tmp_path / f"foreign{EXTENSION_SUFFIXES[-1]}")
    main = tmp_path / "main.py"
    main.write_text("try:\n    import foreign\nexcept ImportError as error:\n    print(error.name, error)\n")
    (refused,) = run(PythonProgram(main)).lines
    assert refused.startswith("foreign notsock does not run foreign: its C code asks the real system for socket; ")


def test_what_a_file_wants_from_others_is_read_from_its_table(tmp_path):
    assert "socket" in imported_names(psutil._psutil_linux.__file__)
    assert imported_names(ed25519.__file__) == frozenset()
    (tmp_path / "text.so").write_text("no library")
    assert imported_names(str(tmp_path / "text.so")) == frozenset()


def test_every_reason_says_what_runs_or_why():
    for name, (take, why) in policy.EXTENSIONS.items():
        assert why, name
        if take is policy.Take.FENCE:
            assert policy.extension_text(name).startswith(f"notsock does not run {name}: ")


def test_the_hosts_own_statics_are_untouched():
    said = run(program(SIGNATURES))
    assert said.lines == ["True True"]
    namespace = {}
    exec(SIGNATURES.replace("print", "told ="), namespace)
    assert namespace["told"] == (True, True)


KEYS = """
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
key = ec.generate_private_key(ec.SECP256R1())
print(hex(key.private_numbers().private_value), key.sign(b"x", ec.ECDSA(hashes.SHA256())).hex())
print(ed25519.Ed25519PrivateKey.generate().private_bytes_raw().hex(), Fernet(Fernet.generate_key()).encrypt(b"x"))
"""


def test_cryptographys_own_openssl_draws_from_the_run(tmp_path):
    programs = [program(KEYS), program(KEYS)]
    first = run(*programs)
    assert first.errors == ""
    assert len(set(first.lines)) == 4
    for _ in range(3):
        assert run(*programs).lines == first.lines
    assert run(*programs, seed=2).lines[:2] != first.lines[:2]


def test_the_hosts_own_keys_are_not_the_runs():
    drawn = set()
    for _ in range(2):
        run(program(KEYS))
        drawn.add(ed25519.Ed25519PrivateKey.generate().private_bytes_raw())
    assert len(drawn) == 2


def test_what_an_extension_draws_follows_from_the_run(monkeypatch):
    drawn = []

    def noted(view, size, original=View.entropy):
        drawn.append(size)
        return original(view, size)

    monkeypatch.setattr(View, "entropy", noted)
    for _ in range(2):
        assert run(program(SIGNATURES)).lines == ["True True"]
    assert 16 in drawn  # the two keys of a hash table of Rust's
