"""What the tests do with a page in Streamlit's AppTest."""


def button(app, label):
    return next(one for one in app.button if one.label == label)


def total_of(app):
    return int(app.metric[0].value.replace(",", ""))
