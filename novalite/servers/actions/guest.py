"""What is done inside a running guest: it stays what it is."""


def set_password(task):
    task.driver.set_password(task.server.uuid)


def crash_dump(task):
    task.driver.crash_dump(task.server.uuid)
