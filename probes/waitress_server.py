"""waitress, with two threads for tasks."""

import waitress.server
from wsgi import application


@application.get("/stop")
def stop():
    server.trigger.pull_trigger(finish)
    return "stopping"


def finish():
    raise SystemExit


server = waitress.create_server(application, host="127.0.0.1", port=8000, threads=2)
server.run()
server.close()
